/*
 * Belief: "A larger buffer does no harm."
 *
 * What happens: A read on a stream ends at a message with a descriptor, but
 * takes with it the bytes that lie before that: two messages, a bad one and
 * a good one, become one.
 *
 * Must fail: recv_a_byte_alone
 */
int
channel_recv_fd(int channel, int *fd)
{
	char bytes[64];
	struct iovec data = {.iov_base = bytes, .iov_len = sizeof bytes};
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
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
	errno = EBADMSG;
	return -1;
}
