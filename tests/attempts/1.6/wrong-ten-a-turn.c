/*
 * Belief: "The others have their turn too: ten clients, then return."
 *
 * What happens: EVENT_READ stays in `ready`, and the loop does not ask
 * again.
 *
 * Must fail: accept_takes_all_who_wait
 */
void
listener_accept(struct event_source *source)
{
	struct listener *listener = LIST_ITEM(source, struct listener, source);

	for (int i = 0; listener->has_room(listener->owner); i++) {
		if (i == 10)
			return;
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
	listener_pause(listener);
}
