/*
 * Belief: "accept4() returns the client."
 *
 * What happens: Or -1, which is handed over like a descriptor.
 *
 * Must fail: accept_takes_all_who_wait
 */
void
listener_accept(struct event_source *source)
{
	struct listener *listener = LIST_ITEM(source, struct listener, source);

	if (!listener->has_room(listener->owner)) {
		listener_pause(listener);
		return;
	}
	int fd;
	do {
		fd = accept4(source->fd, NULL, NULL,
		             SOCK_NONBLOCK | SOCK_CLOEXEC);
		listener->on_accept(listener->owner, fd);
	} while (fd != -1 && listener->has_room(listener->owner));
	source->ready &= ~EVENT_READ;
}
