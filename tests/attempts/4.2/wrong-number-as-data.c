/*
 * Belief: "A descriptor is an int: send the int."
 *
 * What happens: It is an index into this process's own table. In the worker
 * that number is nothing, or another file.
 *
 * Must fail: send_carries_the_open_file
 */
int
channel_send_fd(int channel, int fd)
{
	union send_control unused;

	(void)unused;
	ssize_t sent = send(channel, &fd, sizeof fd, MSG_NOSIGNAL);
	return sent == sizeof fd ? 0 : -1;
}
