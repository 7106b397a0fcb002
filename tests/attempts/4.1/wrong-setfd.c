/*
 * Belief: "fcntl() sets flags: these two are flags."
 *
 * What happens: There are two kinds: F_SETFL sets those of the open file,
 * O_NONBLOCK; F_SETFD that of the descriptor, FD_CLOEXEC. Mixed up, neither
 * is set as meant, and there is no error.
 *
 * Must fail: channel_ends_do_not_block
 */
#include <fcntl.h>

int
channel_open(int ends[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == -1)
		return -1;
	for (int i = 0; i < 2; i++) {
		fcntl(ends[i], F_SETFD, O_NONBLOCK | FD_CLOEXEC);
	}
	return 0;
}
