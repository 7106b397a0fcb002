/*
 * Belief: "There are two events: it can be read, it can be written."
 *
 * What happens: A handler that gets less than it asked for believes that all is
 * read: nobody has told it (EVENT_HANGUP) that the end lies behind.
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
		if (loop->events[i].events & EPOLLIN)
			source->ready |= EVENT_READ;
		if (loop->events[i].events & EPOLLOUT)
			source->ready |= EVENT_WRITE;
		if (source->ready & source->wants)
			loop_again(loop, source);
	}
	return event_count;
}
