/*
 * Sets the two flags with fcntl(), each option by itself, and cleans up in a
 * function of its own.
 */
#include <fcntl.h>

static int
give_up(int fd)
{
	int error = errno;

	while (close(fd) == -1 && errno == EINTR)
		break;
	errno = error;
	return -1;
}

int
listener_open(const struct sockaddr *address, socklen_t address_bytes)
{
	int one = 1;
	int fd = socket(address->sa_family, SOCK_STREAM, IPPROTO_TCP);

	if (fd < 0)
		return -1;
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ||
	    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0)
		return give_up(fd);
	if (address->sa_family == AF_INET6)
		if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one,
		               sizeof one) < 0)
			return give_up(fd);
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) < 0)
		return give_up(fd);
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0)
		return give_up(fd);
	if (bind(fd, address, address_bytes) != 0 || listen(fd, 1 << 20) != 0)
		return give_up(fd);
	return fd;
}
