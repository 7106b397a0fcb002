/*
 * Belief: "Who was ready before is in the list already."
 *
 * What happens: Not if its handler was called and did not use it up.
 *
 * Must fail: fdset_mark_keeps_what_was_ready
 */
#include <stdbool.h>

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
		bool is_new = (happened & ~source->ready) != 0;
		source->ready |= happened;
		if (is_new && list_is_empty(&source->link))
			list_add_last(ready_list, &source->link);
	}
}
