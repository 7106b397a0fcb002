/*
 * Belief: "The listener is non-blocking, so they are too."
 *
 * What happens: On Linux accept() does not hand that on: the first read that
 * finds nothing stops the whole server.
 *
 * Must fail: accepted_clients_are_nonblocking_and_cloexec
 */
void
listener_accept(struct event_source *source)
{
	struct listener *listener = LIST_ITEM(source, struct listener, source);

	while (listener->has_room(listener->owner)) {
		int fd = accept(source->fd, NULL, NULL);
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
	listener_pause(listener);
}
