/*
 * Belief: "Nobody waits: nothing is ready."
 *
 * What happens: Only EVENT_READ is used up.
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
		switch (listener_after_error(errno)) {
		case LISTENER_GO_ON:
			continue;
		case LISTENER_DONE:
			source->ready = 0;
			return;
		case LISTENER_PAUSE:
			listener_pause(listener);
			return;
		}
	}
	listener_pause(listener);
}
