/*
 * Belief: "Each worker watches the listener; who is first accepts."
 *
 * What happens: A new client wakes all of them, and all but one have got up in
 * vain: the thundering herd.
 *
 * Must fail: listener_is_shared
 */
void
worker_listen(struct server *server, int listen_fd)
{
	server_listen(server, listen_fd);
}
