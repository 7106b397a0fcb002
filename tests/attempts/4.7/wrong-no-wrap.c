/*
 * Belief: "Behind the last one is behind the last one."
 *
 * What happens: Behind the last place of the array comes the next member of
 * the struct: it is overwritten with a descriptor's number.
 *
 * Must fail: keep_all_around
 */
void
dispatch_keep(struct lane *lane, int fd)
{
	size_t last = lane->kept_first + lane->kept_count;

	lane->kept[last] = fd;
	lane->kept_count++;
}
