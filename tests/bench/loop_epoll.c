/*
 * loop_epoll.c - an epoll loop; with -n, as many processes with one each, which
 * share the listener.
 */
#define _GNU_SOURCE /* accept4() */
#include "canned.h"

#include <err.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH_MAX = 256 };

static void
watch(int epoll_fd, int fd, unsigned events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};

	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == -1)
		err(1, "epoll_ctl");
}

static void
accept_client(int epoll_fd, int listen_fd)
{
	int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd != -1) /* or another process was faster */
		watch(epoll_fd, fd, EPOLLIN);
}

static void
serve(int number, void *data)
{
	int listen_fd = *(const int *)data;
	struct epoll_event events[BATCH_MAX];

	(void)number;
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_fd == -1)
		err(1, "epoll_create1");
	watch(epoll_fd, listen_fd, EPOLLIN | EPOLLEXCLUSIVE);
	for (;;) {
		int count = epoll_wait(epoll_fd, events, BATCH_MAX, -1);
		for (int i = 0; i < count; i++) {
			int fd = events[i].data.fd;
			if (fd == listen_fd)
				accept_client(epoll_fd, listen_fd);
			else if (!canned_answer(fd))
				close(fd);
		}
	}
}

int
main(int argc, char *argv[])
{
	struct canned_options options;
	int listen_fd = canned_open(&options, argc, argv, SOCK_NONBLOCK);

	if (options.count > 1)
		canned_fork_all(options.count, serve, &listen_fd);
	serve(0, &listen_fd);
}
