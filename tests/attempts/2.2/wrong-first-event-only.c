/*
 * Belief: "epoll_wait() wakes me when something happens; I look what it is."
 *
 * What happens: Many things may have happened. The others are told once, and
 * that was it: their clients wait for ever.
 *
 * Must fail: crowd_in_one_batch
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
	if (event_count > 0) {
		struct event_source *source = loop->events[0].data.ptr;
		source->ready |= happened(loop->events[0].events);
		if (source->ready & source->wants)
			loop_again(loop, source);
	}
	return event_count;
}
