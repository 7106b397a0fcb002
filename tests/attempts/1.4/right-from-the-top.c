/*
 * Goes through the descriptors from the top, and asks about what is ready
 * already as well.
 */
int
fdset_build(struct event_source *const sources[FD_SETSIZE], fd_set *readable,
            fd_set *writable)
{
	int fd_count = 0;

	FD_ZERO(readable);
	FD_ZERO(writable);
	for (int fd = FD_SETSIZE; fd-- > 0;) {
		const struct event_source *source = sources[fd];
		if (!source || !(source->wants & (EVENT_READ | EVENT_WRITE)))
			continue;
		if (source->wants & EVENT_WRITE)
			FD_SET(fd, writable);
		if (source->wants & EVENT_READ)
			FD_SET(fd, readable);
		if (fd_count == 0)
			fd_count = fd + 1;
	}
	return fd_count;
}
