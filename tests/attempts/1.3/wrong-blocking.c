/*
 * Belief: "SOCK_STREAM is all that socket() needs to know."
 *
 * What happens: The listener blocks: a client that vanishes between the event
 * and accept() stops the whole server until the next one comes. And programs
 * that the server starts inherit the port.
 *
 * Must fail: listener_open_is_nonblocking_and_cloexec
 */
int
listener_open(const struct sockaddr *address, socklen_t address_bytes)
{
	int fd = socket(address->sa_family, SOCK_STREAM, 0);
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
	if (listen(fd, SOMAXCONN) == -1)
		goto failed;
	return fd;

failed:;
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}
