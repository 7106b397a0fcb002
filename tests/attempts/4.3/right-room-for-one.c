/*
 * Room for exactly one: with CMSG_LEN() there is none behind it, and what
 * is more is cut off, which the kernel says.
 */
int
channel_recv_fd(int channel, int *fd)
{
	struct msghdr message;
	struct iovec data;
	union receive_control control;
	int fds[DESCRIPTORS_MAX];
	char byte;
	ssize_t got;

	do {
		memset(&message, 0, sizeof message);
		data.iov_base = &byte;
		data.iov_len = 1;
		message.msg_iov = &data;
		message.msg_iovlen = 1;
		message.msg_control = &control;
		message.msg_controllen = CMSG_LEN(sizeof(int));
		got = recvmsg(channel, &message,
		              MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	} while (got == -1 && errno == EINTR);
	if (got == 0)
		return 0;
	if (got == -1)
		return -1;
	switch (take_descriptors(&message, fds)) {
	case 0:
		break;
	case 1:
		if ((message.msg_flags & MSG_CTRUNC) == 0) {
			*fd = fds[0];
			return 1;
		}
		close(fds[0]);
		break;
	}
	errno = EBADMSG;
	return -1;
}
