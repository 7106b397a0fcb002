/*
 * Belief: "A static variable: what was the highest stays so."
 *
 * What happens: When all have gone, select() is told of descriptors that are
 * not there.
 *
 * Must fail: fdset_build_empties_the_sets_first
 */
int
fdset_build(struct event_source *const sources[FD_SETSIZE], fd_set *readable,
            fd_set *writable)
{
	static int highest = -1;

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
