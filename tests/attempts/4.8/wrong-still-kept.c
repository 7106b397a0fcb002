/*
 * Belief: "Copy them to those who wait."
 *
 * What happens: They are kept as well: the next worker in this place is
 * thought to have 16 to answer, or its first answers close connections that
 * others serve.
 *
 * Must fail: take_back_in_order
 */
void
dispatch_take_back(struct dispatcher *dispatcher, struct lane *lane)
{
	int fd;

	if (lane->seat->news.fd != -1)
		read_answers(dispatcher, lane);
	for (size_t i = 0; i < lane->kept_count; i++) {
		fd = lane->kept[(lane->kept_first + i) %
		                DISPATCH_UNANSWERED_MAX];
		add_waiting(dispatcher, fd);
	}
}
