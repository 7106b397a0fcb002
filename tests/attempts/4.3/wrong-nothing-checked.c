/*
 * Belief: "A byte has come, so its descriptor has come."
 *
 * What happens: Without one CMSG_FIRSTHDR() is NULL. At its limit of
 * descriptors a worker gets the byte, no descriptor, and no error: it
 * follows a NULL pointer.
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

	ssize_t got;
	do
		got = recvmsg(channel, &message, MSG_CMSG_CLOEXEC);
	while (got == -1 && errno == EINTR);
	if (got <= 0)
		return (int)got;

	memcpy(fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof *fd);
	return 1;
}
