/*
 * Belief: "Ready? To the end of the list."
 *
 * What happens: It may be in there already, from the turn before. A link cannot
 * be in a ring twice: the ring is torn, and whoever was behind it is lost, or
 * the loop runs in a circle.
 *
 * Must fail: wait_marks_what_is_ready
 */
int
loop_wait(struct loop *loop, int timeout_ms)
{
	if (!list_is_empty(&loop->ready))
		timeout_ms = 0;
	int event_count = epoll_wait(loop->epoll_fd, loop->events, BATCH_EVENTS,
	                             timeout_ms);
	if (event_count == -1)
		return errno == EINTR ? 0 : -1;
	for (int i = 0; i < event_count; i++) {
		struct event_source *source = loop->events[i].data.ptr;
		source->ready |= happened(loop->events[i].events);
		if (source->ready & source->wants)
			list_add_last(&loop->ready, &source->link);
	}
	return event_count;
}
