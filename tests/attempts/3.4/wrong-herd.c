/*
 * Belief: "The kernel wakes one of those that wait", once more.
 *
 * What happens: Of those that sleep in accept(), one; of those that sleep in
 * epoll_wait(), all. Seen from outside: eight get up for each client.
 *
 * Must fail: one_client_wakes_one_worker
 */
void
worker_listen(struct server *server, int listen_fd)
{
	server->listener.is_shared = false;
	server_listen(server, listen_fd);
}
