/*
 * A struct cleared with memset(); msg_controllen is set to what the header
 * says at last.
 */
int
channel_send_fd(int channel, int fd)
{
	struct msghdr message;
	struct iovec data;
	union send_control control;
	char nothing = 0;

	memset(&message, 0, sizeof message);
	memset(&control, 0, sizeof control);
	data.iov_base = &nothing;
	data.iov_len = 1;
	message.msg_iov = &data;
	message.msg_iovlen = 1;
	message.msg_control = control.bytes;
	message.msg_controllen = sizeof control.bytes;
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(int));
	message.msg_controllen = header->cmsg_len;

	for (;;) {
		if (sendmsg(channel, &message, MSG_NOSIGNAL) == 1)
			return 0;
		if (errno == ETOOMANYREFS)
			errno = EAGAIN;
		if (errno != EINTR)
			return -1;
	}
}
