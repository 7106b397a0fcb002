/*
 * Belief: "That the client is done I see when read() returns 0."
 *
 * What happens: The request and the end come in one event. The read gets less
 * than it asked for, so nothing more seems to be there, and no event will tell
 * of the end: the connection stays until its time is up.
 *
 * Must fail: end_comes_with_the_last_byte
 */
int
loop_add(struct loop *loop, struct event_source *source)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLOUT | EPOLLET,
		.data.ptr = source,
	};

	if (source->wants & EVENT_EXCLUSIVE)
		event.events = EPOLLIN | EPOLLET | EPOLLEXCLUSIVE;
	list_init(&source->link);
	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, source->fd, &event);
}
