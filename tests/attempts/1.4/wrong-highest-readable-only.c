/*
 * Belief: "Everybody reads."
 *
 * What happens: A connection that only writes, and has the highest number, is
 * never reported: its download stops.
 *
 * Must fail: fdset_build_returns_highest_plus_one
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
			FD_SET(fd, readable), highest = fd;
		if (asked & EVENT_WRITE)
			FD_SET(fd, writable);
	}
	return highest + 1;
}
