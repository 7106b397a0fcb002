/*
 * Belief: "First save the connections, then see what it said."
 *
 * What happens: By then all of them are taken back, and its answers find
 * nothing.
 *
 * Must fail: take_back_reads_answers_first
 */
void
dispatch_take_back(struct dispatcher *dispatcher, struct lane *lane)
{
	int fd;

	while ((fd = take_kept(lane)) != -1)
		add_waiting(dispatcher, fd);
	if (lane->seat->news.fd != -1)
		read_answers(dispatcher, lane);
}
