/*
 * Belief: "Who is ready comes to the list."
 *
 * What happens: A link that is in a list already tears it apart when it is
 * added again: others are never called, or the loop never ends.
 *
 * Must fail: fdset_mark_links_a_source_once_and_last
 */
void
fdset_mark(struct event_source *const sources[FD_SETSIZE], int fd_count,
           const fd_set *readable, const fd_set *writable,
           struct list *ready_list)
{
	for (int fd = 0; fd < fd_count; fd++) {
		struct event_source *source = sources[fd];
		int happened = 0;
		if (FD_ISSET(fd, readable))
			happened |= EVENT_READ;
		if (FD_ISSET(fd, writable))
			happened |= EVENT_WRITE;
		if (source == NULL || happened == 0)
			continue;
		source->ready |= happened;
		list_add_last(ready_list, &source->link);
	}
}
