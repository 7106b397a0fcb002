/*
 * Belief: "I have received it: '+'."
 *
 * What happens: That it came does not mean that there is room for it:
 * adopt() has closed this copy then, and on '+' the main process closes the
 * last one.
 *
 * Must fail: adopt_refuses_when_full
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
			adopt(adopter, fd);
			answers[count++] = CHANNEL_ADOPTED;
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
	if (got == 0)
		finish(adopter);
}
