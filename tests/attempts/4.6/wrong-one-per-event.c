/*
 * Belief: "One event, one connection."
 *
 * What happens: One event can stand for several, and the loop is
 * edge-triggered: the others stay in the channel until the next one comes.
 *
 * Must fail: adopt_all_that_came
 */
void
worker_adopt(struct event_source *channel)
{
	struct adopter *adopter = LIST_ITEM(channel, struct adopter, channel);
	int fd;
	char said;

	int got = channel_recv_fd(channel->fd, &fd);
	if (got == 1) {
		said = adopt(adopter, fd);
		answer(channel, &said, 1);
	} else if (got == -1 && errno == EBADMSG) {
		said = CHANNEL_REFUSED;
		answer(channel, &said, 1);
		adopter->owes_room = true;
	} else if (got == 0) {
		finish(adopter);
	}
	channel->ready &= ~EVENT_READ;
}
