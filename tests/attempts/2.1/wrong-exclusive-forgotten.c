/*
 * Belief: "EVENT_EXCLUSIVE is for stage 3, where I shall see to it."
 *
 * What happens: The file is taken over as it is, and every new client wakes all
 * workers.
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

	list_init(&source->link);
	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, source->fd, &event);
}
