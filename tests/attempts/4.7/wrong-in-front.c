/*
 * Belief: "In front is as good as behind."
 *
 * What happens: The answers come in the order in which the connections were
 * sent. With the newest in front each '+' closes, and each '-' passes on,
 * the wrong one.
 *
 * Must fail: keep_in_order
 */
void
dispatch_keep(struct lane *lane, int fd)
{
	lane->kept_first = (lane->kept_first + DISPATCH_UNANSWERED_MAX - 1) %
	                   DISPATCH_UNANSWERED_MAX;
	lane->kept[lane->kept_first] = fd;
	lane->kept_count++;
}
