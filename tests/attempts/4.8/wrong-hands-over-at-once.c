/*
 * Belief: "Others are there: give it to them."
 *
 * What happens: They may be full, or blocked, or dead as well.
 * dispatch_hand_over() says -1, and the connection is nowhere.
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
		dispatch_hand_over(dispatcher, fd);
}
