/*
 * Belief: "epoll_wait() fails when a signal comes. Then there are no events."
 *
 * What happens: So it does. If it fails for another reason, a bug, it will do so
 * at once for ever: the server takes all of a CPU and says nothing.
 *
 * Must fail: wait_says_why_not
 */
int
loop_wait(struct loop *loop, int timeout_ms)
{
	if (!list_is_empty(&loop->ready))
		timeout_ms = 0;
	int event_count = epoll_wait(loop->epoll_fd, loop->events, BATCH_EVENTS,
	                             timeout_ms);
	if (event_count == -1)
		return 0;
	for (int i = 0; i < event_count; i++) {
		struct event_source *source = loop->events[i].data.ptr;
		source->ready |= happened(loop->events[i].events);
		if (source->ready & source->wants)
			loop_again(loop, source);
	}
	return event_count;
}
