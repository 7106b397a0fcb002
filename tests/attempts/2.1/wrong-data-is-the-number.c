/*
 * Belief: "An event says which descriptor it is about, so that is what I give."
 *
 * What happens: `data` is a union: the number is all that comes back, and
 * loop_wait() takes it for a pointer. The server dies at the first event.
 *
 * Must fail: added_source_is_known_to_the_kernel
 */
int
loop_add(struct loop *loop, struct event_source *source)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
		.data.fd = source->fd,
	};

	if (source->wants & EVENT_EXCLUSIVE)
		event.events = EPOLLIN | EPOLLET | EPOLLEXCLUSIVE;
	list_init(&source->link);
	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, source->fd, &event);
}
