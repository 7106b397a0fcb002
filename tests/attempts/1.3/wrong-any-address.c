/*
 * Belief: "A server listens on all addresses."
 *
 * What happens: It does, on 0.0.0.0, for the whole network to reach, whatever
 * --address says; and on a port of the kernel's choosing.
 *
 * Must fail: listener_open_takes_connections
 */
int
listener_open(const struct sockaddr *address, socklen_t address_bytes)
{
	struct sockaddr_in any = {.sin_family = AF_INET};
	(void)address;
	(void)address_bytes;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	set_option(fd, SOL_SOCKET, SO_REUSEADDR);
	set_option(fd, IPPROTO_TCP, TCP_NODELAY);
	if (bind(fd, (struct sockaddr *)&any, sizeof any) == -1 ||
	    listen(fd, SOMAXCONN) == -1) {
		int error = errno;
		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}
