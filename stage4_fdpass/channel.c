/*
 * channel.c - the way from the main process to a worker, for descriptors.
 */
#define _GNU_SOURCE /* MSG_CMSG_CLOEXEC */
#include "channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

enum { DESCRIPTORS_MAX = 4 }; /* room for more than the one that may come */

/* A control buffer must be aligned for a struct cmsghdr; a union with one is:
   cmsg(3). */
union send_control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

union receive_control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(DESCRIPTORS_MAX * sizeof(int))];
};

/*
 * Exercise 4.1 - Open a channel.
 *
 * socketpair(2): AF_UNIX, SOCK_STREAM, non-blocking and close-on-exec. Neither
 * the main process nor a worker may ever wait for the other here.
 *
 * Who closes what after fork(): the main process ends[1], the worker ends[0]
 * and all ends of its siblings. Only then does the death of one show as the end
 * of the stream at the other.
 */
int
channel_open(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	                  0, ends);
}

/*
 * Exercise 4.2 - Send a descriptor.
 *
 * A struct msghdr with every member zero that is not set: what is left to
 * chance in msg_name the kernel takes for an address. One byte of data. A
 * control buffer (union send_control) of CMSG_SPACE(sizeof(int)) bytes, that is
 * with padding, and in it one header: SOL_SOCKET, SCM_RIGHTS, cmsg_len
 * CMSG_LEN(sizeof(int)), that is without; with padding the kernel would take
 * that for a second descriptor. The number is copied to CMSG_DATA() with
 * memcpy(): the place need not be aligned for an int.
 *
 * sendmsg(2) with MSG_NOSIGNAL. EINTR: again. ETOOMANYREFS: as EAGAIN. Returns
 * 0, or -1 with errno. The caller keeps fd.
 */
int
channel_send_fd(int channel, int fd)
{
	char byte = 'c';
	struct iovec data = {.iov_base = &byte, .iov_len = 1};
	union send_control control = {0};
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

	ssize_t sent;
	do
		sent = sendmsg(channel, &message, MSG_NOSIGNAL);
	while (sent == -1 && errno == EINTR);
	if (sent == -1 && errno == ETOOMANYREFS)
		errno = EAGAIN;
	return sent == 1 ? 0 : -1;
}

/* Takes the descriptors out of a message, at most DESCRIPTORS_MAX. Returns how
   many there were. */
static size_t
take_descriptors(struct msghdr *message, int fds[DESCRIPTORS_MAX])
{
	size_t count = 0;

	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL;
	     header = CMSG_NXTHDR(message, header)) {
		if (header->cmsg_level != SOL_SOCKET ||
		    header->cmsg_type != SCM_RIGHTS)
			continue;
		size_t bytes = header->cmsg_len - CMSG_LEN(0);
		memcpy(&fds[count], CMSG_DATA(header), bytes);
		count += bytes / sizeof(int);
	}
	return count;
}

/*
 * Exercise 4.3 - Receive a descriptor.
 *
 * recvmsg(2) of one byte, with MSG_CMSG_CLOEXEC, and a control buffer (union
 * receive_control) with room for more than one descriptor, so that too many can
 * be seen: what does not fit the kernel drops. EINTR: again. 0: the end, return
 * 0. -1: return -1.
 *
 * That a byte has come does not mean that its descriptor has:
 * take_descriptors() says how many there are. Exactly one, and no MSG_CTRUNC in
 * msg_flags (the kernel's word that something was cut off: this process may be
 * at its limit): return 1. Otherwise close whatever came, and -1 with EBADMSG.
 */
int
channel_recv_fd(int channel, int *fd)
{
	char byte;
	struct iovec data = {.iov_base = &byte, .iov_len = 1};
	union receive_control control;
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof control.bytes,
	};
	int fds[DESCRIPTORS_MAX];

	ssize_t got;
	do
		got = recvmsg(channel, &message, MSG_CMSG_CLOEXEC);
	while (got == -1 && errno == EINTR);
	if (got <= 0)
		return (int)got;

	size_t count = take_descriptors(&message, fds);
	if (count == 1 && !(message.msg_flags & MSG_CTRUNC)) {
		*fd = fds[0];
		return 1;
	}
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
	errno = EBADMSG;
	return -1;
}
