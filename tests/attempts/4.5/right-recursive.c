/*
 * One attempt; when it fails, the note is taken and it begins again.
 */
static void
note_blocked(struct dispatcher *dispatcher, struct lane *lane)
{
	struct event_source *source = &lane->seat->news;

	start_retry(dispatcher);
	source->ready &= EVENT_READ | EVENT_HANGUP;
	source->wants |= EVENT_WRITE;
	lane->is_blocked = true;
}

int
dispatch_hand_over(struct dispatcher *dispatcher, int fd)
{
	struct lane *lane = dispatch_choose(dispatcher);

	if (lane == NULL)
		return -1;
	if (channel_send_fd(lane->seat->news.fd, fd) == -1) {
		note_blocked(dispatcher, lane);
		return dispatch_hand_over(dispatcher, fd);
	}
	dispatch_keep(lane, fd);
	lane->sent_count += 1;
	return 0;
}
