/*
 * Belief: "If nobody takes it the client has to go."
 *
 * What happens: It is still the caller's, who lets it wait for the next
 * worker that has room. Here the caller keeps a number that is closed, or
 * by then somebody else's.
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
	close(fd);
	return -1;
}
