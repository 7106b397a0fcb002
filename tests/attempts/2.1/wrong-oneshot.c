/*
 * Belief: "EPOLLONESHOT: one event is told once. That is what I need."
 *
 * What happens: One event is told, and then no other until somebody arms it
 * again with EPOLL_CTL_MOD. Nobody does: every connection is deaf after the
 * first event, which is that it can be written to.
 *
 * Must fail: added_source_is_known_to_the_kernel
 */
int
loop_add(struct loop *loop, struct event_source *source)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLONESHOT,
		.data.ptr = source,
	};

	if (source->wants & EVENT_EXCLUSIVE)
		event.events = EPOLLIN | EPOLLET | EPOLLEXCLUSIVE;
	list_init(&source->link);
	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, source->fd, &event);
}
