/*
 * Belief: "close() does not change what went wrong."
 *
 * What happens: errno was set before, and close() of a descriptor that is
 * not there sets it anew. Here all places of the array are closed, used or
 * not.
 *
 * Must fail: recv_a_byte_alone
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
	for (size_t i = count; i < DESCRIPTORS_MAX; i++)
		fds[i] = -1;
	for (size_t i = 0; i < DESCRIPTORS_MAX; i++)
		close(fds[i]);
	return -1;
}
