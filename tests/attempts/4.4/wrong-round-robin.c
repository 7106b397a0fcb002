/*
 * Belief: "Each in turn: that is fair."
 *
 * What happens: It is as long as all connections are alike. Where some stay
 * for hours and some for a moment, one worker collects those that stay.
 *
 * Must fail: choose_the_least_load
 */
struct lane *
dispatch_choose(struct dispatcher *dispatcher)
{
	static size_t next;

	for (size_t i = 0; i < dispatcher->lane_count; i++) {
		struct lane *lane =
			&dispatcher->lanes[next++ % dispatcher->lane_count];
		if (lane->seat->worker->status == WORKER_READY &&
		    !lane->is_full && !lane->is_blocked &&
		    lane->kept_count < DISPATCH_UNANSWERED_MAX)
			return lane;
	}
	return NULL;
}
