/*
 * Belief: "An option that cannot be set is no reason to fail."
 *
 * What happens: The server runs, and each answer takes 40 ms longer, or its
 * restart fails. Nobody knows why.
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
	set_option(fd, SOL_SOCKET, SO_REUSEADDR);
	set_option(fd, IPPROTO_TCP, TCP_NODELAY);
	if (address->sa_family == AF_INET6)
		set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY);
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
