/*
 * Belief: "No room: the client has to go."
 *
 * What happens: It is connected and thrown out at once, though it could have
 * waited in the kernel's queue until there is room.
 *
 * Must fail: accept_leaves_the_rest_waiting_without_room
 */
void
listener_accept(struct event_source *source)
{
	struct listener *listener = LIST_ITEM(source, struct listener, source);

	for (;;) {
		int fd = accept4(source->fd, NULL, NULL,
		                 SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd != -1) {
			if (listener->has_room(listener->owner))
				listener->on_accept(listener->owner, fd);
			else
				close(fd);
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
