/*
 * Belief: "It has room if it could take the last one."
 *
 * What happens: Two were refused, the last one was not: nobody is told that
 * there is room, and those that were refused wait for the retry.
 *
 * Must fail: adopt_refuses_bad_messages
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
		answer(channel, answers, count);
	channel->ready &= ~EVENT_READ;
	if (count > 0)
		adopter->owes_room = answers[count - 1] == CHANNEL_REFUSED;
	if (got == 0)
		finish(adopter);
}
