/*
 * Belief: "EPOLLET is for experts; without it nothing gets lost."
 *
 * What happens: A socket can nearly always be written to, and the kernel says so
 * again at every wait. One idle client, and the loop takes all of a CPU.
 *
 * Must fail: added_source_is_known_to_the_kernel
 */
int
loop_add(struct loop *loop, struct event_source *source)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP,
		.data.ptr = source,
	};

	if (source->wants & EVENT_EXCLUSIVE)
		event.events = EPOLLIN | EPOLLEXCLUSIVE;
	list_init(&source->link);
	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, source->fd, &event);
}
