/*
 * Belief: "If another one took it, nobody has to try again."
 *
 * What happens: The one whose channel was full stays is_blocked until an event
 * says that there is room; that is what the retry is for, should none come.
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
		source->ready &= ~EVENT_WRITE;
	}
	start_retry(dispatcher);
	return -1;
}
