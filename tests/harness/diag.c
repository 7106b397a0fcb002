/*
 * diag.c - one TCP socket, asked for by its addresses.
 */
#include "diag.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

struct question {
	struct nlmsghdr header;
	struct inet_diag_req_v2 request;
};

static void
put_address(const struct sockaddr *address, __be16 *port, __be32 bytes[4])
{
	const struct sockaddr_in *v4 = (const void *)address;
	const struct sockaddr_in6 *v6 = (const void *)address;

	if (address->sa_family == AF_INET) {
		*port = v4->sin_port;
		memcpy(bytes, &v4->sin_addr, sizeof v4->sin_addr);
	} else {
		*port = v6->sin6_port;
		memcpy(bytes, &v6->sin6_addr, sizeof v6->sin6_addr);
	}
}

/* Kept open: barriers ask many times. */
static int
diag_socket(void)
{
	static int fd = -1;

	if (fd == -1)
		fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC,
		            NETLINK_SOCK_DIAG);
	return fd;
}

static int
read_answer(int fd, struct proc_socket *found)
{
	union {
		struct nlmsghdr header;
		char bytes[4096];
	} answer;
	ssize_t got;

	do
		got = recv(fd, &answer, sizeof answer, 0);
	while (got == -1 && errno == EINTR);
	if (got < (ssize_t)sizeof answer.header)
		return -1;
	if (answer.header.nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *error = NLMSG_DATA(&answer.header);
		return error->error == -ENOENT ? 0 : -1;
	}
	if (answer.header.nlmsg_type != SOCK_DIAG_BY_FAMILY)
		return -1;
	const struct inet_diag_msg *message = NLMSG_DATA(&answer.header);
	if (message->idiag_state == TCP_LISTEN)
		return 0; /* the listener stands in for what is not there */
	found->state = message->idiag_state;
	found->inode = message->idiag_inode;
	found->unread = message->idiag_rqueue;
	found->unacked = message->idiag_wqueue;
	return 1;
}

int
diag_find(const struct sockaddr *local, const struct sockaddr *remote,
          struct proc_socket *found)
{
	int fd = diag_socket();
	struct question question = {
		.header = {.nlmsg_len = sizeof question,
	                   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
	                   .nlmsg_flags = NLM_F_REQUEST},
		.request = {.sdiag_family = (__u8)local->sa_family,
	                    .sdiag_protocol = IPPROTO_TCP,
	                    .idiag_states = ~0U},
	};
	struct inet_diag_sockid *id = &question.request.id;

	if (fd == -1)
		return -1;
	put_address(local, &id->idiag_sport, id->idiag_src);
	put_address(remote, &id->idiag_dport, id->idiag_dst);
	id->idiag_cookie[0] = INET_DIAG_NOCOOKIE;
	id->idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	if (send(fd, &question, sizeof question, 0) != sizeof question)
		return -1;
	return read_answer(fd, found);
}
