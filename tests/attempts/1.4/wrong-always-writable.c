/*
 * Belief: "To be able to write I must ask for it."
 *
 * What happens: An idle socket can nearly always be written to: select()
 * returns at once, for ever, and the server takes all of a CPU.
 *
 * Must fail: fdset_build_asks_what_each_source_wants
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
		if (asked & (EVENT_READ | EVENT_WRITE))
			FD_SET(fd, writable);
		if (asked & (EVENT_READ | EVENT_WRITE))
			highest = fd;
	}
	return highest + 1;
}
