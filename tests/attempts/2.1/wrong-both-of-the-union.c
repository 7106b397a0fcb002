/*
 * Belief: "epoll_data has a fd and a ptr; I fill in both, and have both."
 *
 * What happens: They lie in the same bytes. Half of the pointer is overwritten.
 *
 * Must fail: added_source_is_known_to_the_kernel
 */
int
loop_add(struct loop *loop, struct event_source *source)
{
	struct epoll_event event = {0};

	event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
	if (source->wants & EVENT_EXCLUSIVE)
		event.events = EPOLLIN | EPOLLET | EPOLLEXCLUSIVE;
	event.data.ptr = source;
	event.data.fd = source->fd;
	list_init(&source->link);
	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, source->fd, &event);
}
