/*
 * Belief: "A source is registered for what it wants."
 *
 * What happens: That is what it wants now. A client that reads slowly makes its
 * connection want to write, later; nobody tells the kernel, and the download
 * stops when the socket's buffer was full for the first time.
 *
 * Must fail: slow_reader_gets_the_rest
 */
int
loop_add(struct loop *loop, struct event_source *source)
{
	struct epoll_event event = {.events = EPOLLET, .data.ptr = source};

	if (source->wants & EVENT_READ)
		event.events |= EPOLLIN | EPOLLRDHUP;
	if (source->wants & EVENT_WRITE)
		event.events |= EPOLLOUT;
	if (source->wants & EVENT_EXCLUSIVE)
		event.events = EPOLLIN | EPOLLET | EPOLLEXCLUSIVE;
	list_init(&source->link);
	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, source->fd, &event);
}
