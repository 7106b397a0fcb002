/*
 * Belief: "EPOLLEXCLUSIVE is one more flag."
 *
 * What happens: The kernel takes it with few others, and EPOLLRDHUP is none of
 * those: EINVAL, and no worker can watch the listener.
 *
 * Must fail: exclusive_source_can_be_added
 */
int
loop_add(struct loop *loop, struct event_source *source)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
		.data.ptr = source,
	};

	if (source->wants & EVENT_EXCLUSIVE)
		event.events |= EPOLLEXCLUSIVE;
	list_init(&source->link);
	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, source->fd, &event);
}
