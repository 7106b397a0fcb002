/*
 * Belief: "listen() is the last step: return what it says."
 *
 * What happens: The descriptor stays open, and nobody knows it.
 *
 * Must fail: listener_open_fails_cleanly
 */
int
listener_open(const struct sockaddr *address, socklen_t address_bytes)
{
	int fd = socket(address->sa_family,
	                SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	if (set_option(fd, SOL_SOCKET, SO_REUSEADDR) == -1 ||
	    set_option(fd, IPPROTO_TCP, TCP_NODELAY) == -1)
		goto failed;
	if (address->sa_family == AF_INET6 &&
	    set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY) == -1)
		goto failed;
	if (bind(fd, address, address_bytes) == -1)
		goto failed;
	return listen(fd, SOMAXCONN) == -1 ? -1 : fd;

failed:;
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}
