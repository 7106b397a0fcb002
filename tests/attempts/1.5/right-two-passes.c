/*
 * One pass a set, from the top, with a function for what is the same.
 */
static void
mark(struct event_source *source, int event, struct list *ready_list)
{
	if (source == NULL)
		return;
	source->ready |= event;
	if (source->link.next == &source->link)
		list_add_last(ready_list, &source->link);
}

void
fdset_mark(struct event_source *const sources[FD_SETSIZE], int fd_count,
           const fd_set *readable, const fd_set *writable,
           struct list *ready_list)
{
	int fd;

	for (fd = fd_count - 1; fd >= 0; fd--)
		if (FD_ISSET(fd, writable))
			mark(sources[fd], EVENT_WRITE, ready_list);
	for (fd = fd_count - 1; fd >= 0; fd--)
		if (FD_ISSET(fd, readable))
			mark(sources[fd], EVENT_READ, ready_list);
}
