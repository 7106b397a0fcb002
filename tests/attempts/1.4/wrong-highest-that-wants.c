/*
 * Belief: "The highest that wants something."
 *
 * What happens: If it is ready already it is in no set, and the kernel looks
 * at bits that are all 0.
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
		int asked = sources[fd]->wants & ~sources[fd]->ready;
		if (asked & EVENT_READ)
			FD_SET(fd, readable);
		if (asked & EVENT_WRITE)
			FD_SET(fd, writable);
		if (sources[fd]->wants & (EVENT_READ | EVENT_WRITE))
			highest = fd;
	}
	return highest + 1;
}
