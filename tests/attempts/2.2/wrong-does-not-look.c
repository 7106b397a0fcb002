/*
 * Belief: "There is work left, so the kernel need not be asked now."
 *
 * What happens: As long as one greedy client keeps the list filled, nobody else
 * is heard of.
 *
 * Must fail: wait_does_not_sleep_on_work
 */
int
loop_wait(struct loop *loop, int timeout_ms)
{
	if (!list_is_empty(&loop->ready))
		return 0;
	int event_count = epoll_wait(loop->epoll_fd, loop->events, BATCH_EVENTS,
	                             timeout_ms);
	if (event_count == -1)
		return errno == EINTR ? 0 : -1;
	for (int i = 0; i < event_count; i++) {
		struct event_source *source = loop->events[i].data.ptr;
		source->ready |= happened(loop->events[i].events);
		if (source->ready & source->wants)
			loop_again(loop, source);
	}
	return event_count;
}
