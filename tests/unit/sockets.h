/*
 * sockets.h - connected sockets for unit tests: the real thing, no server.
 *
 * fds[0] is the server's side, non-blocking as the server's are; fds[1] is the
 * client's. A test's process ends soon, so nothing is closed for tidiness.
 */
#ifndef SOCKETS_H
#define SOCKETS_H

#include "harness/graded.h"
#include "harness/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* A call of the test's own that must succeed. */
#define SOCKETS_CHECK(call)                                                    \
	do {                                                                   \
		if ((call) == -1)                                              \
			fail_test("The test could not be set up: %s: %s.",     \
			          #call, strerror(errno));                     \
	} while (0)

/* Is it readable (POLLIN) or whatever else, within the time to give up? */
static inline bool
sockets_wait(int fd, short events)
{
	struct pollfd asked = {.fd = fd, .events = events};

	return WAIT_FOR(poll(&asked, 1, 0) == 1 &&
	                (asked.revents & (events | POLLERR | POLLHUP)) != 0);
}

static inline void
sockets_unblock(int fd)
{
	SOCKETS_CHECK(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK));
}

static inline struct sockaddr_in
sockets_loopback(uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

/* A pair of AF_UNIX: each call has its effect before it returns. */
static inline void
sockets_unix(int fds[2])
{
	SOCKETS_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
	sockets_unblock(fds[0]);
}

/* Two ends of a TCP connection, where TCP's ways matter. */
static inline void
sockets_tcp(int fds[2])
{
	struct sockaddr_in address = sockets_loopback(0);
	socklen_t address_bytes = sizeof address;
	int listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	SOCKETS_CHECK(
		bind(listen_fd, (struct sockaddr *)&address, address_bytes));
	SOCKETS_CHECK(listen(listen_fd, 1));
	SOCKETS_CHECK(getsockname(listen_fd, (struct sockaddr *)&address,
	                          &address_bytes));
	fds[1] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	SOCKETS_CHECK(
		connect(fds[1], (struct sockaddr *)&address, address_bytes));
	fds[0] = accept(listen_fd, NULL, NULL);
	SOCKETS_CHECK(fds[0]);
	close(listen_fd);
	sockets_unblock(fds[0]);
}

/* The client ends the connection at once, with a reset (TCP). Returns when the
   server's side knows. */
static inline void
sockets_reset(int fds[2])
{
	const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

	SOCKETS_CHECK(setsockopt(fds[1], SOL_SOCKET, SO_LINGER, &at_once,
	                         sizeof at_once));
	close(fds[1]);
	fds[1] = -1;
	if (!sockets_wait(fds[0], POLLERR))
		fail_test("The test could not be set up: a reset connection "
		          "did not become readable.");
}

/* How many bytes wait to be read. */
static inline size_t
sockets_unread(int fd)
{
	int count;

	SOCKETS_CHECK(ioctl(fd, FIONREAD, &count));
	return (size_t)count;
}

/* Reads all that is there now and appends it; does not wait. Returns how many
   bytes it has got. */
static inline size_t
sockets_drain(int fd, char *bytes, size_t size)
{
	size_t got = 0;

	while (got < size) {
		ssize_t count = recv(fd, bytes + got, size - got, MSG_DONTWAIT);
		if (count <= 0)
			break;
		got += (size_t)count;
	}
	return got;
}

#endif
