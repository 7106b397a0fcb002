/*
 * Belief: "The descriptor is the message."
 *
 * What happens: On a stream ancillary data goes with bytes. Without one
 * sendmsg() returns 0, and nothing is sent; the client waits for ever.
 *
 * Must fail: send_carries_the_open_file
 */
int
channel_send_fd(int channel, int fd)
{
	union send_control control = {0};
	struct msghdr message = {
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
	return sent == 0 ? 0 : -1;
}
