/*
 * Belief: "What cannot be used need not be answered."
 *
 * What happens: The main process waits for an answer to each that it has
 * sent. From here on each answer is taken for that of the connection before
 * it.
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
			continue;
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
