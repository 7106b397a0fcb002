/*
 * Belief: "Its readiness is used up."
 *
 * What happens: EVENT_WRITE is. An answer that has come in the same turn is not
 * read until the next one comes.
 *
 * Must fail: hand_over_past_a_full_channel
 */
int
dispatch_hand_over(struct dispatcher *dispatcher, int fd)
{
	struct lane *lane;

	while ((lane = dispatch_choose(dispatcher)) != NULL) {
		struct event_source *source = &lane->seat->news;
		if (channel_send_fd(source->fd, fd) == 0) {
			lane->sent_count++;
			dispatch_keep(lane, fd);
			return 0;
		}
		lane->is_blocked = true;
		source->wants = EVENT_READ | EVENT_WRITE;
		source->ready = 0;
		start_retry(dispatcher);
	}
	return -1;
}
