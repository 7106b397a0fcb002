/*
 * Belief: "If the worker is gone sendmsg() says EPIPE."
 *
 * What happens: So it does, after SIGPIPE has killed the process, unless
 * that is ignored or MSG_NOSIGNAL given.
 *
 * Must fail: send_to_nobody
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
		sent = sendmsg(channel, &message, 0);
	while (sent == -1 && errno == EINTR);
	if (sent == -1 && errno == ETOOMANYREFS)
		errno = EAGAIN;
	return sent == 1 ? 0 : -1;
}
