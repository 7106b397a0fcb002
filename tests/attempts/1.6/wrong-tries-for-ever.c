/*
 * Belief: "An error passes; the next call will be better."
 *
 * What happens: EAGAIN does not pass while nobody comes: the server never
 * leaves this function.
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
		if (fd == -1)
			continue;
		listener->on_accept(listener->owner, fd);
	}
	listener_pause(listener);
}
