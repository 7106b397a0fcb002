/*
 * Belief: "The client has waited long enough: first its request, then the
 * answer to the main process."
 *
 * What happens: If this worker dies in between, the main process gives the
 * connection to another, which begins in the middle of a request, or
 * answers it a second time.
 *
 * Must fail: adopt_answers_before_it_reads
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
	loop_wait(adopter->server.loop, 0);
	loop_dispatch(adopter->server.loop);
	if (count > 0)
		answer(channel, answers, count);
	channel->ready &= ~EVENT_READ;
	if (got == 0)
		finish(adopter);
}
