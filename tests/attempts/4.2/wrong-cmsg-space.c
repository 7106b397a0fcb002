/*
 * Belief: "CMSG_SPACE() is how long it is."
 *
 * What happens: It is how much room it needs, with padding. As cmsg_len it
 * makes the kernel take the padding for a second descriptor: here 0. With
 * every connection the worker gets a copy of the standard input, which
 * nobody ever closes.
 *
 * Must fail: send_just_one_descriptor
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
	header->cmsg_len = CMSG_SPACE(sizeof fd);
	memcpy(CMSG_DATA(header), &fd, sizeof fd);

	ssize_t sent;
	do
		sent = sendmsg(channel, &message, MSG_NOSIGNAL);
	while (sent == -1 && errno == EINTR);
	if (sent == -1 && errno == ETOOMANYREFS)
		errno = EAGAIN;
	return sent == 1 ? 0 : -1;
}
