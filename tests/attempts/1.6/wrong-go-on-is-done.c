/*
 * Belief: "That client is lost: wait for the next event."
 *
 * What happens: Others wait behind it, and in stage 2 no event comes for
 * them.
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
