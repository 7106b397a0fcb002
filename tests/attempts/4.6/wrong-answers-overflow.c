/*
 * Belief: "More than 16 cannot be under way."
 *
 * What happens: Not when one begins to count; but while this loop takes
 * one, the main process may send another, and it goes on as long as they
 * come. The array overflows.
 *
 * Must fail: adopt_more_than_answers_fit
 */
void
worker_adopt(struct event_source *channel)
{
	struct adopter *adopter = LIST_ITEM(channel, struct adopter, channel);
	char answers[16];
	size_t count = 0;
	int got, fd;

	for (;;) {
		got = channel_recv_fd(channel->fd, &fd);
		if (got == 1) {
			answers[count++] = adopt(adopter, fd);
		} else if (got == -1 && errno == EBADMSG) {
			answers[count++] = CHANNEL_REFUSED;
			adopter->owes_room = true;
		} else {
			break;
		}
	}
	if (count > 0)
		answer(channel, answers, count);
	channel->ready &= ~EVENT_READ;
	if (got == 0)
		finish(adopter);
}
