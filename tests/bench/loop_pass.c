/*
 * loop_pass.c - one process accepts, and passes each connection to one of -n
 * others, in turn; each of those has an epoll loop. Nobody answers, nothing is
 * kept: a worker that dies takes what was on its way along. Passing cannot be
 * cheaper than this.
 */
#define _GNU_SOURCE /* MSG_CMSG_CLOEXEC */
#include "canned.h"

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH_MAX = 256, WORKERS_MAX = 64 };

union control {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

static void
send_fd(int channel, int fd)
{
	char byte = 0;
	struct iovec data = {.iov_base = &byte, .iov_len = 1};
	union control control = {0};
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof control.bytes,
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(header), &fd, sizeof fd);
	/* ETOOMANYREFS: too many are under way; the workers will catch up. */
	while (sendmsg(channel, &message, MSG_NOSIGNAL) == -1)
		if (errno != EINTR && errno != ETOOMANYREFS)
			err(1, "sendmsg");
}

static int
receive_fd(int channel)
{
	char byte;
	int fd = -1;
	struct iovec data = {.iov_base = &byte, .iov_len = 1};
	union control control = {0};
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof control.bytes,
	};

	ssize_t got = recvmsg(channel, &message, MSG_CMSG_CLOEXEC);
	if (got == 0)
		exit(0);
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	if (got == 1 && header != NULL && header->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(header), sizeof fd);
	return fd;
}

static void
watch(int epoll_fd, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == -1)
		err(1, "epoll_ctl");
}

/* The main process may still have its copy, so that close() alone does not take
   the connection out of the epoll. */
static void
forget(int epoll_fd, int fd)
{
	epoll_ctl(epoll_fd, EPOLL_CTL_DEL, fd, NULL);
	close(fd);
}

static void
serve(int channel)
{
	struct epoll_event events[BATCH_MAX];

	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_fd == -1)
		err(1, "epoll_create1");
	watch(epoll_fd, channel);
	for (;;) {
		int count = epoll_wait(epoll_fd, events, BATCH_MAX, -1);
		for (int i = 0; i < count; i++) {
			int fd = events[i].data.fd;
			if (fd != channel) {
				if (!canned_answer(fd))
					forget(epoll_fd, fd);
			} else if ((fd = receive_fd(channel)) != -1) {
				watch(epoll_fd, fd);
			}
		}
	}
}

static int
start_worker(void)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1)
		err(1, "socketpair");
	if (canned_fork() == 0) {
		close(ends[0]); /* the main process's end */
		serve(ends[1]);
	}
	close(ends[1]); /* the worker's end */
	return ends[0];
}

int
main(int argc, char *argv[])
{
	struct canned_options options;
	int listen_fd = canned_open(&options, argc, argv, 0);
	int channels[WORKERS_MAX];

	if (options.count < 1 || options.count > WORKERS_MAX)
		errx(2, "-n is a number from 1 to %d", WORKERS_MAX);
	for (int i = 0; i < options.count; i++)
		channels[i] = start_worker();
	for (int next = 0;; next = (next + 1) % options.count) {
		int fd = canned_accept(listen_fd);
		send_fd(channels[next], fd);
		close(fd); /* the worker has its own descriptor now */
	}
}
