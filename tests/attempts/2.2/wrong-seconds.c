/*
 * Belief: "epoll_wait() takes seconds."
 *
 * What happens: It takes milliseconds. A deadline in half a second becomes 0,
 * and the loop spins until it has passed.
 *
 * Must fail: wait_sleeps_meanwhile
 */
int
loop_wait(struct loop *loop, int timeout_ms)
{
	int timeout = timeout_ms == -1 ? -1 : timeout_ms / 1000;

	if (!list_is_empty(&loop->ready))
		timeout = 0;
	int event_count =
		epoll_wait(loop->epoll_fd, loop->events, BATCH_EVENTS, timeout);
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
