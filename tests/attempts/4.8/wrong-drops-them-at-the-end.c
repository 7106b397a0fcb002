/*
 * Belief: "The server is stopping; these will not be served any more."
 *
 * What happens: They were accepted. Other workers are still there to finish, and
 * their clients see a reset.
 *
 * Must fail: take_back_in_order
 */
void
dispatch_take_back(struct dispatcher *dispatcher, struct lane *lane)
{
	int fd;

	if (lane->seat->news.fd != -1)
		read_answers(dispatcher, lane);
	while ((fd = take_kept(lane)) != -1) {
		if (dispatcher->is_stopping)
			close(fd);
		else
			add_waiting(dispatcher, fd);
	}
}
