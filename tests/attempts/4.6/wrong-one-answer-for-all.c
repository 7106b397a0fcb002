/*
 * Belief: "One answer says that I have taken what was there."
 *
 * What happens: The main process counts answers: those that it does not get
 * it keeps, until it has kept 16 and this worker gets nothing any more.
 *
 * Must fail: adopt_all_that_came
 */
void
worker_adopt(struct event_source *channel)
{
	struct adopter *adopter = LIST_ITEM(channel, struct adopter, channel);
	char answers[64];
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
		if (count == sizeof answers) {
			answer(channel, answers, count);
			count = 0;
		}
	}
	if (count > 0)
		answer(channel, answers, 1);
	channel->ready &= ~EVENT_READ;
	if (got == 0)
		finish(adopter);
}
