/*
 * Copies the ring out by index, and empties it afterwards.
 */
void
dispatch_take_back(struct dispatcher *dispatcher, struct lane *lane)
{
	if (lane->seat->news.fd >= 0)
		read_answers(dispatcher, lane);
	const size_t count = lane->kept_count;
	for (size_t i = 0; i < count; i++) {
		size_t place = lane->kept_first + i;
		add_waiting(dispatcher,
		            lane->kept[place % DISPATCH_UNANSWERED_MAX]);
	}
	lane->kept_first = 0;
	lane->kept_count = 0;
}
