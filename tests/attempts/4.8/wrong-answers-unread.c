/*
 * Belief: "The worker is dead: what it said does not count any more."
 *
 * What happens: What it said before counts. A connection that it had
 * adopted, and begun to serve, is given to another, which begins in the
 * middle.
 *
 * Must fail: take_back_reads_answers_first
 */
void
dispatch_take_back(struct dispatcher *dispatcher, struct lane *lane)
{
	int fd;

	while ((fd = take_kept(lane)) != -1)
		add_waiting(dispatcher, fd);
}
