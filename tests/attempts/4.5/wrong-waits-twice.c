/*
 * Belief: "Nobody can take it: it has to wait."
 *
 * What happens: It does, and the caller lets it wait too. Two workers get the same
 * connection.
 *
 * Must fail: hand_over_to_nobody
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
		start_retry(dispatcher);
	}
	add_waiting(dispatcher, fd);
	return -1;
}
