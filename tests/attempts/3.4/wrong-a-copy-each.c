/*
 * Belief: "To share it, each worker takes a copy."
 *
 * What happens: Each has one already, since fork(). The worker closes the copy
 * when it stops; the other one keeps the socket open, and clients go on being
 * connected to it.
 *
 * Must fail: listener_is_shared
 */
void
worker_listen(struct server *server, int listen_fd)
{
	server->listener.is_shared = true;
	server_listen(server, fcntl(listen_fd, F_DUPFD_CLOEXEC, 0));
}
