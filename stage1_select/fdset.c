/*
 * fdset.c - what select() is asked, and what it answered.
 */
#include "fdset.h"

#include <stddef.h>

/*
 * Exercise 1.4 - Build the descriptor sets.
 *
 * Both sets are made empty first: they still hold what select() answered the
 * last time. Then each source that wants EVENT_READ and is not ready for it
 * goes into `readable`, each that wants EVENT_WRITE and is not ready for it
 * into `writable`. sources[fd] is the source of descriptor fd, or NULL.
 *
 * Returns what select() wants as its first argument: the highest descriptor in
 * either set plus one; it says how far the kernel looks, and is no count. 0 if
 * both sets are empty.
 *
 * Asking for EVENT_WRITE of a source that does not want it would wake the loop
 * at once and for ever: a socket is nearly always writable.
 *
 * Until written: FD_ZERO(readable); FD_ZERO(writable); return 0;
 */
int
fdset_build(struct event_source *const sources[FD_SETSIZE], fd_set *readable,
            fd_set *writable)
{
	int highest = -1;

	FD_ZERO(readable);
	FD_ZERO(writable);
	for (int fd = 0; fd < FD_SETSIZE; fd++) {
		if (sources[fd] == NULL)
			continue;
		int asked = sources[fd]->wants & ~sources[fd]->ready;
		if (asked & EVENT_READ)
			FD_SET(fd, readable);
		if (asked & EVENT_WRITE)
			FD_SET(fd, writable);
		if (asked & (EVENT_READ | EVENT_WRITE))
			highest = fd;
	}
	return highest + 1;
}

/*
 * Exercise 1.5 - Mark what is ready.
 *
 * After select() has returned, the sets hold those descriptors that are ready.
 * For each source below fd_count: ORs EVENT_READ into its `ready` if it is in
 * `readable`, EVENT_WRITE if it is in `writable`. ORs, since what was ready
 * before and is not used up stays ready. If either was the case, puts its link
 * at the end of ready_list, unless it is in a list already (a link that is in
 * none is a list by itself: list_is_empty()).
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
		if (list_is_empty(&source->link))
			list_add_last(ready_list, &source->link);
	}
}
