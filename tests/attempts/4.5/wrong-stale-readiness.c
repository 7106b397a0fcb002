/*
 * Belief: "It wants EVENT_WRITE now: that will come when there is room."
 *
 * What happens: It is still in `ready` from before. At the worker's next
 * word the handler sees both, takes the note away, and the full channel is
 * tried again.
 *
 * Must fail: hand_over_hears_of_room
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
		start_retry(dispatcher);
	}
	return -1;
}
