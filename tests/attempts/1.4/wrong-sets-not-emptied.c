/*
 * Belief: "The sets are new, so they are empty."
 *
 * What happens: They are variables that still hold what select() answered the
 * last time, or garbage.
 *
 * Must fail: fdset_build_empties_the_sets_first
 */
int
fdset_build(struct event_source *const sources[FD_SETSIZE], fd_set *readable,
            fd_set *writable)
{
	int highest = -1;

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
