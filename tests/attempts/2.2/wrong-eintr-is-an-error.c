/*
 * Belief: "-1 is an error, and errors are reported."
 *
 * What happens: Ctrl-Z and fg, or a debugger, and the server ends with "cannot
 * wait for events: Interrupted system call".
 *
 * Must fail: wait_survives_a_signal
 */
int
loop_wait(struct loop *loop, int timeout_ms)
{
	if (!list_is_empty(&loop->ready))
		timeout_ms = 0;
	int event_count = epoll_wait(loop->epoll_fd, loop->events, BATCH_EVENTS,
	                             timeout_ms);
	if (event_count == -1)
		return -1;
	for (int i = 0; i < event_count; i++) {
		struct event_source *source = loop->events[i].data.ptr;
		source->ready |= happened(loop->events[i].events);
		if (source->ready & source->wants)
			loop_again(loop, source);
	}
	return event_count;
}
