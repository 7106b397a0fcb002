/*
 * Belief: "To pause is to leave the loop and to set is_paused."
 *
 * What happens: And to start the timer, or nobody ever comes back.
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
			loop_remove(listener->loop, source);
			listener->is_paused = true;
			return;
		}
	}
	listener_pause(listener);
}
