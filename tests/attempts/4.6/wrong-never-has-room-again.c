/*
 * Belief: "Refused is refused."
 *
 * What happens: The main process notes that this worker is full, and waits
 * for the word that it has room. Nobody told the worker that it owes that
 * word.
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
			answers[count++] = adopt(adopter, fd);
		} else if (got == -1 && errno == EBADMSG) {
			answers[count++] = CHANNEL_REFUSED;
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
