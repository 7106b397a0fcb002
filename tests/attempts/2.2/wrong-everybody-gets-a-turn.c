/*
 * Belief: "An event has come for it, so it is its turn."
 *
 * What happens: A connection that waits for room to write is called because
 * bytes came that it does not want yet.
 *
 * Must fail: unwanted_readiness_is_remembered
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
		loop_again(loop, source);
	}
	return event_count;
}
