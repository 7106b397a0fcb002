/*
 * Belief: "While somebody waits for his turn I must not sleep long: 1 ms."
 *
 * What happens: Nobody notices, but the server: it sleeps in every turn in which
 * it has most to do, and does not get beyond a thousand turns a second.
 *
 * Must fail: wait_does_not_sleep_on_work
 */
int
loop_wait(struct loop *loop, int timeout_ms)
{
	if (!list_is_empty(&loop->ready))
		timeout_ms = 1;
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
