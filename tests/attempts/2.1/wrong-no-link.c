/*
 * Belief: "The link is set when the source gets into a list."
 *
 * What happens: Whether it is in a list is asked of the link. It is all zeros:
 * "not alone", so it is never put into the ready list, and list_remove()
 * follows a NULL pointer.
 *
 * Must fail: added_source_is_known_to_the_kernel
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
	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, source->fd, &event);
}
