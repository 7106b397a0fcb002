/*
 * Belief: "Who is ready need not be asked about."
 *
 * What happens: Ready for what? Who can be written to, but waits for input, is
 * ready for something, and is never asked about its input.
 *
 * Must fail: fdset_build_knows_all_descriptors_and_bits
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
		int asked = sources[fd]->ready != 0 ? 0 : sources[fd]->wants;
		if (asked & EVENT_READ)
			FD_SET(fd, readable);
		if (asked & EVENT_WRITE)
			FD_SET(fd, writable);
		if (asked & (EVENT_READ | EVENT_WRITE))
			highest = fd;
	}
	return highest + 1;
}
