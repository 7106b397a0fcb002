/*
 * Belief: "First listen, then say that it is shared."
 *
 * What happens: The source is in the loop by then, and EPOLLEXCLUSIVE can only
 * be said when it is added.
 *
 * Must fail: listener_is_shared
 */
void
worker_listen(struct server *server, int listen_fd)
{
	server_listen(server, listen_fd);
	server->listener.is_shared = true;
}
