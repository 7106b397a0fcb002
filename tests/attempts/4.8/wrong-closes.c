/*
 * Belief: "The worker is dead, and so are its connections."
 *
 * What happens: They never were its connections: it has not touched them.
 * Each of these clients could be served by another worker.
 *
 * Must fail: take_back_in_order
 */
void
dispatch_take_back(struct dispatcher *dispatcher, struct lane *lane)
{
	int fd;

	if (lane->seat->news.fd != -1)
		read_answers(dispatcher, lane);
	while ((fd = take_kept(lane)) != -1)
		close(fd);
}
