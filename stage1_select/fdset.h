/*
 * fdset.h - what select() is asked, and what it answered.
 *
 * select(2) takes sets of descriptors, overwrites them with its answer, and
 * wants the highest number plus one. So the sets are made anew each time.
 */
#ifndef FDSET_H
#define FDSET_H

#include "loop.h"

#include <sys/select.h>

/*
 * Fills both sets from the sources (indexed by descriptor; NULL: none): a
 * source is in `readable` if it wants EVENT_READ, in `writable` if it wants
 * EVENT_WRITE. What is ready already need not be asked about. Returns the
 * highest descriptor in either set plus one, 0 if both are empty.
 */
int fdset_build(struct event_source *const sources[FD_SETSIZE],
                fd_set *readable, fd_set *writable);

/*
 * After select(): for each source below fd_count that is in a set, ORs
 * EVENT_READ or EVENT_WRITE into its `ready` and puts it at the end of
 * ready_list, unless it is in there.
 */
void fdset_mark(struct event_source *const sources[FD_SETSIZE], int fd_count,
                const fd_set *readable, const fd_set *writable,
                struct list *ready_list);

#endif
