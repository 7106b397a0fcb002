/*
 * Belief: "The retry comes 100 ms after the last attempt."
 *
 * What happens: With a client every 50 ms it never comes.
 *
 * Must fail: hand_over_past_it_again
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
		timers_stop(&dispatcher->retry);
		start_retry(dispatcher);
	}
	return -1;
}
