/*
 * Belief: "The highest descriptor is that of the last source."
 *
 * What happens: A source that wants nothing is in neither set, but counts
 * here: the number is too high.
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
			FD_SET(fd, readable);
		if (asked & EVENT_WRITE)
			FD_SET(fd, writable);
		highest = fd;
	}
	return highest + 1;
}
