/*
 * Belief: "It is the worker's now."
 *
 * What happens: The worker has a copy. This one stays open: when the worker
 * closes its own, the client does not see the end, and each connection
 * costs the main process a descriptor.
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
			return 0;
		}
		lane->is_blocked = true;
		source->wants = EVENT_READ | EVENT_WRITE;
		source->ready &= ~EVENT_WRITE;
		start_retry(dispatcher);
	}
	return -1;
}
