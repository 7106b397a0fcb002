/*
 * Belief: "accept() wakes one worker if it blocks; so it shall block."
 *
 * What happens: A worker accepts until nobody waits any more, and then sleeps in
 * accept(), while its clients wait for it. O_NONBLOCK belongs to the open file,
 * and so to all workers.
 *
 * Must fail: crowd_is_served_side_by_side
 */
void
worker_listen(struct server *server, int listen_fd)
{
	fcntl(listen_fd, F_SETFL, fcntl(listen_fd, F_GETFL) & ~O_NONBLOCK);
	server->listener.is_shared = true;
	server_listen(server, listen_fd);
}
