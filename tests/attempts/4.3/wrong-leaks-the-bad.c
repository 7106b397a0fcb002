/*
 * Belief: "A bad message is refused, and that is that."
 *
 * What happens: The kernel has installed its descriptors in this process
 * before recvmsg() returned. Each bad message costs some of them.
 *
 * Must fail: recv_two_descriptors
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
	errno = EBADMSG;
	return -1;
}
