/*
 * Belief: "Counted is counted."
 *
 * What happens: It was not sent; the worker seems to have one more, for
 * ever, since what it has not got it cannot end.
 *
 * Must fail: hand_over_past_a_full_channel
 */
int
dispatch_hand_over(struct dispatcher *dispatcher, int fd)
{
	struct lane *lane;

	while ((lane = dispatch_choose(dispatcher)) != NULL) {
		struct event_source *source = &lane->seat->news;
		lane->sent_count++;
		if (channel_send_fd(source->fd, fd) == 0) {
			dispatch_keep(lane, fd);
			return 0;
		}
		lane->is_blocked = true;
		source->wants = EVENT_READ | EVENT_WRITE;
		source->ready &= ~EVENT_WRITE;
		start_retry(dispatcher);
	}
	return -1;
}
