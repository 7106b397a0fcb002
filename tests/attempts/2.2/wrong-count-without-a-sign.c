/*
 * Belief: "A count is a size_t."
 *
 * What happens: Interrupted, epoll_wait() says -1. As a size_t that is a count
 * beyond all memory, and the loop handles events that are none.
 *
 * Must fail: wait_survives_a_signal
 */
int
loop_wait(struct loop *loop, int timeout_ms)
{
	if (!list_is_empty(&loop->ready))
		timeout_ms = 0;
	size_t event_count = (size_t)epoll_wait(loop->epoll_fd, loop->events,
	                                        BATCH_EVENTS, timeout_ms);
	for (size_t i = 0; i < event_count; i++) {
		struct event_source *source = loop->events[i].data.ptr;
		source->ready |= happened(loop->events[i].events);
		if (source->ready & source->wants)
			loop_again(loop, source);
	}
	return (int)event_count;
}
