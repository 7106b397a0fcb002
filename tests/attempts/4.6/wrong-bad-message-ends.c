/*
 * Belief: "-1 is -1: nothing more to be had."
 *
 * What happens: EBADMSG is about one message, and others lie behind it.
 * They are not taken until the next event.
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
