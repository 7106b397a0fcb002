/*
 * Belief: "First the byte, then what belongs to it."
 *
 * What happens: The descriptor belongs to the first byte of its message.
 * read() takes that byte, and the kernel closes the descriptor without a
 * word.
 *
 * Must fail: recv_takes_the_descriptor
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

	ssize_t first = read(channel, &byte, 1);
	if (first <= 0)
		return (int)first;

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
