/*
 * Belief: "A hangup is the end: there is nothing to be read any more."
 *
 * What happens: The request came together with the end of the stream
 * (EPOLLIN | EPOLLRDHUP). It is not read, and the client gets no answer.
 *
 * Must fail: wait_tells_of_the_end
 */
int
loop_wait(struct loop *loop, int timeout_ms)
{
	if (!list_is_empty(&loop->ready))
		timeout_ms = 0;
	int event_count = epoll_wait(loop->epoll_fd, loop->events, BATCH_EVENTS,
	                             timeout_ms);
	if (event_count == -1)
		return errno == EINTR ? 0 : -1;
	for (int i = 0; i < event_count; i++) {
		struct event_source *source = loop->events[i].data.ptr;
		uint32_t events = loop->events[i].events;
		if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
			source->ready |= EVENT_HANGUP;
		else
			source->ready |= happened(events);
		if (source->ready & source->wants)
			loop_again(loop, source);
	}
	return event_count;
}
