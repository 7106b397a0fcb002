/*
 * Belief: "An event loop must never block."
 *
 * What happens: It is the one place that may. With a timeout of 0 the server
 * asks "anything new?" a million times a second.
 *
 * Must fail: wait_sleeps_meanwhile
 */
int
loop_wait(struct loop *loop, int timeout_ms)
{
	(void)timeout_ms;
	int event_count =
		epoll_wait(loop->epoll_fd, loop->events, BATCH_EVENTS, 0);
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
