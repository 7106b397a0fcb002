/*
 * Belief: "EAGAIN: done. Anything else is serious."
 *
 * What happens: listener_after_error() knows better; it was not asked.
 *
 * Must fail: accept_takes_all_who_wait
 */
void
listener_accept(struct event_source *source)
{
	struct listener *listener = LIST_ITEM(source, struct listener, source);

	while (listener->has_room(listener->owner)) {
		int fd = accept4(source->fd, NULL, NULL,
		                 SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd != -1) {
			listener->on_accept(listener->owner, fd);
			continue;
		}
		switch (errno == EAGAIN ? LISTENER_DONE : LISTENER_PAUSE) {
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
	listener_pause(listener);
}
