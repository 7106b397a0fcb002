/*
 * loop_select.c - one thread, one select() loop.
 */
#define _GNU_SOURCE /* accept4() */
#include "canned.h"

#include <err.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static int
accept_client(int listen_fd, fd_set *watched, int last_fd)
{
	int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd == -1)
		return last_fd;
	if (fd >= FD_SETSIZE) { /* select() cannot watch it */
		close(fd);
		return last_fd;
	}
	FD_SET(fd, watched);
	return fd > last_fd ? fd : last_fd;
}

int
main(int argc, char *argv[])
{
	struct canned_options options;
	int listen_fd = canned_open(&options, argc, argv, SOCK_NONBLOCK);
	int last_fd = listen_fd;
	fd_set watched;

	FD_ZERO(&watched);
	FD_SET(listen_fd, &watched);
	for (;;) {
		fd_set ready = watched;
		if (select(last_fd + 1, &ready, NULL, NULL, NULL) == -1)
			err(1, "select");
		for (int fd = 0; fd <= last_fd; fd++) {
			if (!FD_ISSET(fd, &ready) || fd == listen_fd)
				continue;
			if (!canned_answer(fd)) {
				FD_CLR(fd, &watched);
				close(fd);
			}
		}
		if (FD_ISSET(listen_fd, &ready))
			last_fd = accept_client(listen_fd, &watched, last_fd);
	}
}
