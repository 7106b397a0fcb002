/*
 * Belief: "What it had not answered: take it back."
 *
 * What happens: There may be 16 of them.
 *
 * Must fail: take_back_in_order
 */
void
dispatch_take_back(struct dispatcher *dispatcher, struct lane *lane)
{
	int fd;

	if (lane->seat->news.fd != -1)
		read_answers(dispatcher, lane);
	if ((fd = take_kept(lane)) != -1)
		add_waiting(dispatcher, fd);
}
