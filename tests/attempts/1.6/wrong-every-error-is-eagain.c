/*
 * Belief: "accept4() fails when nobody waits."
 *
 * What happens: Also when no descriptor is left. The client stays in the
 * queue, the listener stays readable, and select() returns at once, for ever.
 *
 * Must fail: accept_pauses_when_descriptors_run_out
 */
void
listener_accept(struct event_source *source)
{
	struct listener *listener = LIST_ITEM(source, struct listener, source);

	while (listener->has_room(listener->owner)) {
		int fd = accept4(source->fd, NULL, NULL,
		                 SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd == -1) {
			source->ready &= ~EVENT_READ;
			return;
		}
		listener->on_accept(listener->owner, fd);
	}
	listener_pause(listener);
}
