/*
 * Sets the flags one after the other, and cleans up.
 */
#include <fcntl.h>

static int
set_flags(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
		return -1;
	return fcntl(fd, F_SETFD, FD_CLOEXEC);
}

int
channel_open(int ends[2])
{
	int pair[2];

	if (socketpair(AF_LOCAL, SOCK_STREAM, 0, pair) != 0)
		return -1;
	if (set_flags(pair[0]) == -1 || set_flags(pair[1]) == -1) {
		int error = errno;
		close(pair[0]);
		close(pair[1]);
		errno = error;
		return -1;
	}
	memcpy(ends, pair, sizeof pair);
	return 0;
}
