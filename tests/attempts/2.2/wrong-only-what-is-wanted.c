/*
 * Belief: "What nobody wants, nobody has to remember."
 *
 * What happens: Edge-triggered, it is told once. A request that came while the
 * answer before it was being sent is never read.
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
		int wanted = happened(loop->events[i].events) &
		             (source->wants | EVENT_HANGUP);
		source->ready |= wanted;
		if (wanted & source->wants)
			loop_again(loop, source);
	}
	return event_count;
}
