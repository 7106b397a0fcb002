/*
 * Belief: "The main process listens already; the worker must only share."
 *
 * What happens: Nobody watches the socket. Clients get connected, by the
 * kernel, and wait for ever.
 *
 * Must fail: listener_is_shared
 */
void
worker_listen(struct server *server, int listen_fd)
{
	server->listener.source.fd = listen_fd;
	server->listener.is_shared = true;
}
