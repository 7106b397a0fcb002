/*
 * Belief: "What matters is that none is lost."
 *
 * What happens: And that they go on in the order in which they came: who
 * has waited longest should not be the last.
 *
 * Must fail: take_back_in_order
 */
void
dispatch_take_back(struct dispatcher *dispatcher, struct lane *lane)
{
	int fd;

	if (lane->seat->news.fd != -1)
		read_answers(dispatcher, lane);
	for (; lane->kept_count > 0; lane->kept_count--) {
		size_t last = lane->kept_first + lane->kept_count - 1;
		fd = lane->kept[last % DISPATCH_UNANSWERED_MAX];
		add_waiting(dispatcher, fd);
	}
}
