/*
 * Belief: "An IPv6 socket is for IPv6."
 *
 * What happens: On Linux one that is bound to [::] takes IPv4 clients too, and
 * 0.0.0.0 cannot be bound to the same port any more.
 *
 * Must fail: listener_open_sets_its_options
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
