/*
 * Belief: "maxevents is how many clients there may be."
 *
 * What happens: It is how many events the array holds. When more happen at
 * once, the kernel writes behind it, into whatever lies there.
 *
 * Must fail: more_events_than_fit
 */
int
loop_wait(struct loop *loop, int timeout_ms)
{
	int max = BATCH_EVENTS * 40;

	if (!list_is_empty(&loop->ready))
		timeout_ms = 0;
	int event_count =
		epoll_wait(loop->epoll_fd, loop->events, max, timeout_ms);
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
