/*
 * sequential.c - an echo server: one client after the other.
 *
 * It sends back what it is sent. While it waits for its client's next words in
 * recv(), or for room to answer in send(), it waits for nobody else.
 */
#include "listener.h"

#include <err.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/* A send may take less than it is given. Returns -1 if the client is gone. */
static int
send_all(int fd, const char *bytes, size_t count)
{
	while (count > 0) {
		/* MSG_NOSIGNAL: or SIGPIPE would end us when the client ends */
		ssize_t sent = send(fd, bytes, count, MSG_NOSIGNAL);
		if (sent == -1 && errno == EINTR)
			continue;
		if (sent == -1)
			return -1;
		bytes += sent;
		count -= (size_t)sent;
	}
	return 0;
}

static void
serve(int fd)
{
	char bytes[4096];

	for (;;) {
		ssize_t got = recv(fd, bytes, sizeof bytes, 0);
		if (got == -1 && errno == EINTR)
			continue;
		if (got <= 0) /* it has said all it will, or is gone */
			break;
		if (send_all(fd, bytes, (size_t)got) == -1)
			break;
	}
	close(fd);
}

int
main(int argc, char *argv[])
{
	int listen_fd = listener_open(argc, argv, 0);

	for (;;) {
		int fd = accept(listen_fd, NULL, NULL);
		if (fd != -1)
			serve(fd);
		else if (errno != EINTR && errno != ECONNABORTED)
			err(1, "accept"); /* Not handled: bad days; stage 1. */
	}
}
