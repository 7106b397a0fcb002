/*
 * Belief: "SIGSTOP cannot be handled, so it cannot interrupt anything either."
 *
 * What happens: epoll_wait() is interrupted all the same. The same mistake as
 * handing EINTR on, seen from outside.
 *
 * Must fail: stop_and_continue_is_no_error
 */
int
loop_wait(struct loop *loop, int timeout_ms)
{
	int event_count;

	if (!list_is_empty(&loop->ready))
		timeout_ms = 0;
	event_count = epoll_wait(loop->epoll_fd, loop->events, BATCH_EVENTS,
	                         timeout_ms);
	for (int i = 0; i < event_count; i++) {
		struct event_source *source = loop->events[i].data.ptr;
		source->ready |= happened(loop->events[i].events);
		if (source->ready & source->wants)
			loop_again(loop, source);
	}
	return event_count;
}
