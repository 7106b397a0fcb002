/*
 * Belief: "Without a source there is nothing to empty."
 *
 * What happens: The sets still hold what select() answered the last time.
 *
 * Must fail: fdset_build_empties_the_sets_first
 */
#include <stdbool.h>

int
fdset_build(struct event_source *const sources[FD_SETSIZE], fd_set *readable,
            fd_set *writable)
{
	int highest = -1;

	bool any = false;
	for (int fd = 0; fd < FD_SETSIZE; fd++)
		any = any || sources[fd] != NULL;
	if (!any)
		return 0;
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
