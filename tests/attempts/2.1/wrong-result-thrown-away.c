/*
 * Belief: "Adding to a list cannot fail."
 *
 * What happens: It can: EBADF, ENOMEM, ENOSPC (too many watched). A connection
 * of which the kernel knows nothing is never served and never closed.
 *
 * Must fail: add_says_why_not
 */
int
loop_add(struct loop *loop, struct event_source *source)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
		.data.ptr = source,
	};

	if (source->wants & EVENT_EXCLUSIVE)
		event.events = EPOLLIN | EPOLLET | EPOLLEXCLUSIVE;
	list_init(&source->link);
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, source->fd, &event);
	return 0;
}
