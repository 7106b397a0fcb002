/*
 * Belief: "The worker counts its connections."
 *
 * What happens: It counts them when it adopts them, and it counts what has
 * ended. Until then, and here for ever, its load looks like none:
 * everything goes to the first worker.
 *
 * Must fail: hand_over_sends_and_counts
 */
int
dispatch_hand_over(struct dispatcher *dispatcher, int fd)
{
	struct lane *lane;

	while ((lane = dispatch_choose(dispatcher)) != NULL) {
		struct event_source *source = &lane->seat->news;
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
