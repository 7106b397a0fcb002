/*
 * Belief: "Only the main process must not wait: it has all the clients."
 *
 * What happens: O_NONBLOCK belongs to an open file, and the two ends are
 * two of them. The worker waits in recvmsg() after the first connection,
 * and serves nobody.
 *
 * Must fail: channel_ends_do_not_block
 */
#include <fcntl.h>

int
channel_open(int ends[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1)
		return -1;
	return fcntl(ends[0], F_SETFL, O_NONBLOCK);
}
