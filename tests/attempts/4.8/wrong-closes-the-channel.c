/*
 * Belief: "The worker is dead: its channel is closed here."
 *
 * What happens: The supervisor closes it, after its source has left the loop. When
 * it does, the number may be a client's.
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
		add_waiting(dispatcher, fd);
	if (lane->seat->news.fd != -1)
		close(lane->seat->news.fd);
}
