/*
 * Wraps around with a subtraction.
 */
#include <assert.h>

void
dispatch_keep(struct lane *lane, int fd)
{
	assert(lane->kept_count < DISPATCH_UNANSWERED_MAX);
	size_t place = lane->kept_first + lane->kept_count++;

	if (place >= DISPATCH_UNANSWERED_MAX)
		place -= DISPATCH_UNANSWERED_MAX;
	lane->kept[place] = fd;
}
