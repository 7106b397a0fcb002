/*
 * Listens as ever, then takes the source out of the loop and adds it again as
 * an exclusive one.
 */
void
worker_listen(struct server *server, int listen_fd)
{
	struct event_source *source = &server->listener.source;

	server_listen(server, listen_fd);
	loop_remove(server->loop, source);
	source->wants |= EVENT_EXCLUSIVE;
	if (loop_add(server->loop, source) == -1)
		err(1, "cannot watch the listening socket");
}
