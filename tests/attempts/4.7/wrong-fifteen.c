/*
 * Belief: "The last index is one less than the number."
 *
 * What happens: An index is taken modulo the number of places. With 15 the
 * last place is never used, and after a while two lie in the same place.
 *
 * Must fail: keep_all_around
 */
void
dispatch_keep(struct lane *lane, int fd)
{
	size_t last = lane->kept_first + lane->kept_count;

	lane->kept[last % (DISPATCH_UNANSWERED_MAX - 1)] = fd;
	lane->kept_count++;
}
