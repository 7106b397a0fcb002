/*
 * Belief: "Send it, and close it."
 *
 * What happens: That is what most do, and it loses connections: what a
 * worker had not taken out of its channel when it dies is gone. It is kept
 * until the worker has answered, and dispatch_keep() keeps it. Here a
 * closed number is kept; by then it may be another client's.
 *
 * Must fail: hand_over_keeps
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
			close(fd);
			return 0;
		}
		lane->is_blocked = true;
		source->wants = EVENT_READ | EVENT_WRITE;
		source->ready &= ~EVENT_WRITE;
		start_retry(dispatcher);
	}
	return -1;
}
