/*
 * Belief: "Why make a list? The handler can be called right here."
 *
 * What happens: The first handler closes the connection that the third event is
 * about, and its struct belongs to somebody else by then.
 *
 * Must fail: wait_marks_what_is_ready
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
		source->ready |= happened(loop->events[i].events);
		if (source->ready & source->wants)
			source->on_event(source);
	}
	return event_count;
}
