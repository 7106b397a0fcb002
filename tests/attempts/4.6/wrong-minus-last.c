/*
 * Belief: "The answers are what counts, not their order."
 *
 * What happens: The first answer is for the first connection. The one that
 * was refused is taken for adopted and closed, and one that was adopted is
 * given to somebody else too.
 *
 * Must fail: adopt_refuses_bad_messages
 */
void
worker_adopt(struct event_source *channel)
{
	struct adopter *adopter = LIST_ITEM(channel, struct adopter, channel);
	char answers[64];
	size_t count = 0;
	size_t refused = 0;
	int got, fd;

	for (;;) {
		got = channel_recv_fd(channel->fd, &fd);
		if (got == 1) {
			answers[count++] = adopt(adopter, fd);
		} else if (got == -1 && errno == EBADMSG) {
			refused++;
			adopter->owes_room = true;
		} else {
			break;
		}
		if (count == sizeof answers) {
			answer(channel, answers, count);
			count = 0;
		}
	}
	while (refused > 0 && count < sizeof answers) {
		answers[count++] = CHANNEL_REFUSED;
		refused--;
	}
	if (count > 0)
		answer(channel, answers, count);
	channel->ready &= ~EVENT_READ;
	if (got == 0)
		finish(adopter);
}
