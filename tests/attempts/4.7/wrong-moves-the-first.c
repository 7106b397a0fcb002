/*
 * Belief: "The ring has moved on by one."
 *
 * What happens: It moves on when an answer takes the oldest out. Here the
 * oldest is skipped each time, and never closed.
 *
 * Must fail: keep_in_order
 */
void
dispatch_keep(struct lane *lane, int fd)
{
	size_t last = lane->kept_first + lane->kept_count;

	lane->kept[last % DISPATCH_UNANSWERED_MAX] = fd;
	lane->kept_count++;
	lane->kept_first = (lane->kept_first + 1) % DISPATCH_UNANSWERED_MAX;
}
