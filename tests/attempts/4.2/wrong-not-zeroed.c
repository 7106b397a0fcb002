/*
 * Belief: "What I do not set is not used."
 *
 * What happens: The kernel reads every member of struct msghdr. Whatever
 * lay on the stack is the address to send to: EINVAL, EFAULT, EISCONN, or
 * by luck nothing at all.
 *
 * Must fail: send_from_a_dirty_stack
 */
int
channel_send_fd(int channel, int fd)
{
	char byte = 'c';
	struct iovec data = {.iov_base = &byte, .iov_len = 1};
	union send_control control = {0};
	struct msghdr message;

	message.msg_iov = &data;
	message.msg_iovlen = 1;
	message.msg_control = control.bytes;
	message.msg_controllen = sizeof control.bytes;

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
	return sent == 1 ? 0 : -1;
}
