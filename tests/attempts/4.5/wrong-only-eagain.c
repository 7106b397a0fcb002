/*
 * Belief: "EAGAIN: another one. Anything else is an error."
 *
 * What happens: A worker has died, and before SIGCHLD is looked at a client comes.
 * EPIPE; the client waits, though others have room.
 *
 * Must fail: hand_over_past_a_dead_worker
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
		if (errno != EAGAIN)
			return -1;
		lane->is_blocked = true;
		source->wants = EVENT_READ | EVENT_WRITE;
		source->ready &= ~EVENT_WRITE;
		start_retry(dispatcher);
	}
	return -1;
}
