/*
 * epoll_pwait(), a smaller batch, and two passes: first all that has happened
 * is noted, then who wants it is put into the list.
 */
enum { SMALL_BATCH = 16 };

int
loop_wait(struct loop *loop, int timeout_ms)
{
	bool is_busy = !list_is_empty(&loop->ready);

	int count = epoll_pwait(loop->epoll_fd, loop->events, SMALL_BATCH,
	                        is_busy ? 0 : timeout_ms, NULL);
	if (count < 0) {
		switch (errno) {
		case EINTR:
			return 0;
		default:
			return -1;
		}
	}
	for (int i = 0; i < count; i++) {
		struct event_source *source = loop->events[i].data.ptr;
		source->ready |= happened(loop->events[i].events);
	}
	for (int i = 0; i < count; i++) {
		struct event_source *source = loop->events[i].data.ptr;
		if ((source->ready & source->wants) == 0)
			continue;
		if (list_is_empty(&source->link))
			list_add_last(&loop->ready, &source->link);
	}
	return count;
}
