/*
 * Belief: "The count says where the next one goes."
 *
 * What happens: Only as long as the oldest is at 0. After the first answer
 * it overwrites one that is still to be answered.
 *
 * Must fail: keep_all_around
 */
void
dispatch_keep(struct lane *lane, int fd)
{
	lane->kept[lane->kept_count % DISPATCH_UNANSWERED_MAX] = fd;
	lane->kept_count++;
}
