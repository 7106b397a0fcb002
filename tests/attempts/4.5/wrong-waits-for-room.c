/*
 * Belief: "If the channel is full, wait until it is not."
 *
 * What happens: The main process waits for one worker, which may be stuck,
 * and all clients of all workers wait with it.
 *
 * Must fail: hand_over_past_a_full_channel
 */
#include <poll.h>

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
		if (errno == EAGAIN) {
			struct pollfd room = {source->fd, POLLOUT, 0};
			poll(&room, 1, -1);
			continue;
		}
		lane->is_blocked = true;
		source->wants = EVENT_READ | EVENT_WRITE;
		source->ready &= ~EVENT_WRITE;
		start_retry(dispatcher);
	}
	return -1;
}
