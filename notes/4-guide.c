/*
 * 4-guide.c - the guide's fragment made into a program: what its slips do.
 *
 * Sends a descriptor from one end of a pair of sockets to the other, in the
 * guide's way and in others, and tells what sendmsg() says and what arrives.
 * Lesson 4, experiment "The guide's fragment": cc -o 4-guide 4-guide.c
 *
 * It shows mistakes. How it is done is in stage4_fdpass/channel.c.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROOM = 4 }; /* for so many descriptors, on receipt */

/* One message, with data_bytes bytes of data and one descriptor in a header
   that says it is header_bytes long. The members of the msghdr that are not
   set have bytes of that value in them: 0, as it should be, or what may have
   lain on the stack. Returns what sendmsg() does. */
static ssize_t
send_it(int channel, int fd, size_t data_bytes, size_t header_bytes,
        int rubbish)
{
	char byte = 'c';
	struct iovec data = {.iov_base = &byte, .iov_len = data_bytes};
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct msghdr message;

	memset(&message, rubbish, sizeof message);
	message.msg_iov = &data;
	message.msg_iovlen = data_bytes > 0 ? 1 : 0;
	message.msg_control = control.bytes;
	message.msg_controllen = sizeof control.bytes;

	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = header_bytes;
	memcpy(CMSG_DATA(header), &fd, sizeof fd);
	return sendmsg(channel, &message, 0);
}

/* Receives with room for `room` descriptors, and tells. */
static void
receive_it(int channel, size_t room)
{
	char byte;
	struct iovec data = {.iov_base = &byte, .iov_len = 1};
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(ROOM * sizeof(int))];
	} control;
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = room > 0 ? CMSG_LEN(room * sizeof(int)) : 0,
	};
	size_t count = 0;

	ssize_t got = recvmsg(channel, &message, MSG_DONTWAIT);
	if (got == -1) {
		printf("recvmsg: %s\n", strerror(errno));
		return;
	}
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	if (header != NULL)
		count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	printf("recvmsg %zd, descriptors: %zu%s\n", got, count,
	       message.msg_flags & MSG_CTRUNC ? ", MSG_CTRUNC" : "");
}

static void
try(const char *what, size_t data_bytes, size_t header_bytes, int rubbish,
    size_t room)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == -1)
		err(1, "socketpair");
	ssize_t sent = send_it(ends[0], STDOUT_FILENO, data_bytes, header_bytes,
	                       rubbish);
	if (sent == -1) {
		printf("%-26s sendmsg: %s\n", what, strerror(errno));
	} else {
		printf("%-26s sendmsg %2zd, ", what, sent);
		receive_it(ends[1], room);
	}
	close(ends[0]);
	close(ends[1]);
}

int
main(void)
{
	const size_t len = CMSG_LEN(sizeof(int));
	const size_t space = CMSG_SPACE(sizeof(int));

	printf("sizeof(struct cmsghdr) %zu, CMSG_LEN %zu, CMSG_SPACE %zu\n\n",
	       sizeof(struct cmsghdr), len, space);
	try("msghdr not zeroed", 1, len, 0x2a, ROOM);
	try("no byte, as in the guide", 0, len, 0, ROOM);
	try("one byte", 1, len, 0, ROOM);
	try("cmsg_len is CMSG_SPACE", 1, space, 0, ROOM);
	try("no room on receipt", 1, len, 0, 0);
	return 0;
}
