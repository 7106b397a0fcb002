/*
 * Belief: "kept[0], kept[1], and so on."
 *
 * What happens: The oldest is kept[kept_first], and after the last place
 * comes the first.
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
		fd = lane->kept[i];
		add_waiting(dispatcher, fd);
	}
	lane->kept_count = 0;
}
