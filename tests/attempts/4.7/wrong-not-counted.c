/*
 * Belief: "Put it in, and it is there."
 *
 * What happens: Nobody knows: the next one is put over it, and no answer
 * closes it.
 *
 * Must fail: keep_in_order
 */
void
dispatch_keep(struct lane *lane, int fd)
{
	size_t last = lane->kept_first + lane->kept_count;

	lane->kept[last % DISPATCH_UNANSWERED_MAX] = fd;
}
