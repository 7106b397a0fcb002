/*
 * Belief: "At the end there is nothing to do."
 *
 * What happens: The end is the main process's word that this worker should
 * finish. It stays, and after it has been replaced it serves nobody for
 * ever.
 *
 * Must fail: adopt_drains_at_the_end
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
}
