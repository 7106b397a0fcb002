/*
 * descriptors.h - open files that can be told apart, and messages that carry
 * them, for tests of channels: the test's own sendmsg() and recvmsg().
 */
#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

#include "harness/graded.h"
#include "harness/proc.h"
#include "sockets.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DESCRIPTORS_ROOM = 64 };

/* A file of our own. */
static inline int
descriptors_file(void)
{
	static int number;
	int fd = open(text_print("%s/file%d", scratch_path(), number++),
	              O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	SOCKETS_CHECK(fd);
	return fd;
}

/* Do both lead to the same open file? Then they share its offset. */
static inline bool
descriptors_are_same(int a, int b)
{
	static off_t offset = 1000;

	if (lseek(a, ++offset, SEEK_SET) == -1)
		return false;
	return lseek(b, 0, SEEK_CUR) == offset;
}

/* Sends one byte with so many descriptors (0: the byte alone). Returns as
   sendmsg() does. */
static inline ssize_t
descriptors_give(int channel, const int *fds, size_t count)
{
	char byte = 'c';
	struct iovec data = {.iov_base = &byte, .iov_len = 1};
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(DESCRIPTORS_ROOM * sizeof(int))];
	} control;
	struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};

	memset(&control, 0, sizeof control);
	if (count > 0) {
		message.msg_control = control.bytes;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(header), fds, count * sizeof(int));
	}
	return sendmsg(channel, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static inline void
descriptors_give_one(int channel, int fd)
{
	SOCKETS_CHECK(descriptors_give(channel, &fd, 1));
}

/* What one recvmsg() has got, with room for more than one byte and one
   descriptor. */
struct descriptors_message {
	ssize_t bytes; /* as recvmsg() returned it */
	size_t count;
	int fds[DESCRIPTORS_ROOM];
};

static inline struct descriptors_message
descriptors_take(int channel)
{
	char bytes[16];
	struct iovec data = {.iov_base = bytes, .iov_len = sizeof bytes};
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(DESCRIPTORS_ROOM * sizeof(int))];
	} control;
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof control.bytes,
	};
	struct descriptors_message got = {0};

	got.bytes = recvmsg(channel, &message, MSG_DONTWAIT);
	if (got.bytes == -1)
		return got;
	for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL;
	     header = CMSG_NXTHDR(&message, header)) {
		if (header->cmsg_level != SOL_SOCKET ||
		    header->cmsg_type != SCM_RIGHTS)
			continue;
		size_t size = header->cmsg_len - CMSG_LEN(0);
		memcpy(&got.fds[got.count], CMSG_DATA(header), size);
		got.count += size / sizeof(int);
	}
	return got;
}

static inline size_t
descriptors_open_now(void)
{
	return proc_fd_count(getpid());
}

static inline bool
descriptors_is_open(int fd)
{
	return fcntl(fd, F_GETFD) != -1;
}

/* This process gets no further descriptor, until they are allowed again. */
static inline struct rlimit
descriptors_forbid(void)
{
	struct rlimit before, none;
	int lowest = dup(STDIN_FILENO);

	SOCKETS_CHECK(lowest);
	close(lowest);
	SOCKETS_CHECK(getrlimit(RLIMIT_NOFILE, &before));
	none = before;
	none.rlim_cur = (rlim_t)lowest;
	SOCKETS_CHECK(setrlimit(RLIMIT_NOFILE, &none));
	return before;
}

static inline void
descriptors_allow(struct rlimit before)
{
	SOCKETS_CHECK(setrlimit(RLIMIT_NOFILE, &before));
}

#endif
