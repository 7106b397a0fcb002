/*
 * Belief: "There was room when I came in."
 *
 * What happens: The pool is overrun: the last clients of a burst are lost.
 *
 * Must fail: accept_leaves_the_rest_waiting_without_room
 */
void
listener_accept(struct event_source *source)
{
	struct listener *listener = LIST_ITEM(source, struct listener, source);

	if (!listener->has_room(listener->owner)) {
		listener_pause(listener);
		return;
	}
	for (;;) {
		int fd = accept4(source->fd, NULL, NULL,
		                 SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd != -1) {
			listener->on_accept(listener->owner, fd);
			continue;
		}
		switch (listener_after_error(errno)) {
		case LISTENER_GO_ON:
			continue;
		case LISTENER_DONE:
			source->ready &= ~EVENT_READ;
			return;
		case LISTENER_PAUSE:
			listener_pause(listener);
			return;
		}
	}
}
