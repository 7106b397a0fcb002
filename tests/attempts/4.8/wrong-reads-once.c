/*
 * Belief: "One read gets all that is there."
 *
 * What happens: It gets as much as there is room for. Here that is eight
 * answers; the ninth connection was adopted too, and is given to another
 * worker.
 *
 * Must fail: take_back_after_a_reset
 */
void
dispatch_take_back(struct dispatcher *dispatcher, struct lane *lane)
{
	char answers[8];
	int fd;

	ssize_t got = read(lane->seat->news.fd, answers, sizeof answers);
	for (ssize_t i = 0; i < got; i++)
		dispatch_answer(dispatcher, lane, answers[i]);
	while ((fd = take_kept(lane)) != -1)
		add_waiting(dispatcher, fd);
}
