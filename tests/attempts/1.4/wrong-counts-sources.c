/*
 * Belief: "nfds is the number of descriptors."
 *
 * What happens: It is the highest number plus one. The descriptors above the
 * count are never reported: with a few clients gone, the newest ones are never
 * heard.
 *
 * Must fail: fdset_build_returns_highest_plus_one
 */
int
fdset_build(struct event_source *const sources[FD_SETSIZE], fd_set *readable,
            fd_set *writable)
{
	int count = 0;

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
			count++;
	}
	return count;
}
