/*
 * All of it in zeroed memory from calloc(), filled in member by member.
 */
#include <stdlib.h>

struct parcel {
	struct msghdr message;
	struct iovec data;
	union send_control control;
	char byte;
};

int
channel_send_fd(int channel, int fd)
{
	struct parcel *parcel = calloc(1, sizeof *parcel);
	if (parcel == NULL)
		return -1;
	parcel->data.iov_base = &parcel->byte;
	parcel->data.iov_len = sizeof parcel->byte;
	parcel->message.msg_iov = &parcel->data;
	parcel->message.msg_iovlen = 1;
	parcel->message.msg_control = &parcel->control;
	parcel->message.msg_controllen = CMSG_SPACE(sizeof(int));
	parcel->control.header.cmsg_len = CMSG_LEN(sizeof(int));
	parcel->control.header.cmsg_level = SOL_SOCKET;
	parcel->control.header.cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(&parcel->control.header), &fd, sizeof(int));

	int result = -1;
	for (;;) {
		if (sendmsg(channel, &parcel->message,
		            MSG_NOSIGNAL | MSG_DONTWAIT) != -1)
			result = 0;
		else if (errno == EINTR)
			continue;
		break;
	}
	int error = errno;
	free(parcel);
	errno = error == ETOOMANYREFS ? EAGAIN : error;
	return result;
}
