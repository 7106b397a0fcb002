/*
 * Belief: "Interrupted: then I call it again, as with read()."
 *
 * What happens: The wait begins anew each time, with the whole timeout. Who is
 * interrupted often enough never comes to the deadlines.
 *
 * Must fail: wait_survives_a_signal
 */
int
loop_wait(struct loop *loop, int timeout_ms)
{
	int event_count;

	if (!list_is_empty(&loop->ready))
		timeout_ms = 0;
	do
		event_count = epoll_wait(loop->epoll_fd, loop->events,
		                         BATCH_EVENTS, timeout_ms);
	while (event_count == -1 && errno == EINTR);
	for (int i = 0; i < event_count; i++) {
		struct event_source *source = loop->events[i].data.ptr;
		source->ready |= happened(loop->events[i].events);
		if (source->ready & source->wants)
			loop_again(loop, source);
	}
	return event_count;
}
