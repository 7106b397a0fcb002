/*
 * Belief: "Some data has to go with it: the number, for instance."
 *
 * What happens: Then four bytes come with the descriptor. The receiver
 * reads one byte a message; the other three look like messages without a
 * descriptor.
 *
 * Must fail: send_carries_the_open_file
 */
int
channel_send_fd(int channel, int fd)
{
	struct iovec data = {.iov_base = &fd, .iov_len = sizeof fd};
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
	return sent == sizeof fd ? 0 : -1;
}
