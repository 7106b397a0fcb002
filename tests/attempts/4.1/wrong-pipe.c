/*
 * Belief: "A pipe leads from one process to another."
 *
 * What happens: It leads there only, and it carries bytes only: sendmsg()
 * says ENOTSOCK.
 *
 * Must fail: channel_carries_descriptors
 */
#include <fcntl.h>

int
channel_open(int ends[2])
{
	int swapped[2];

	if (pipe2(swapped, O_NONBLOCK | O_CLOEXEC) == -1)
		return -1;
	ends[0] = swapped[1];
	ends[1] = swapped[0];
	return 0;
}
