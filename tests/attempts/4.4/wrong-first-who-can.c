/*
 * Belief: "Whoever can take it may have it."
 *
 * What happens: The first worker gets all connections until it is full; the
 * others sleep.
 *
 * Must fail: choose_the_least_load
 */
struct lane *
dispatch_choose(struct dispatcher *dispatcher)
{
	for (size_t i = 0; i < dispatcher->lane_count; i++) {
		struct lane *lane = &dispatcher->lanes[i];
		if (lane->seat->worker->status == WORKER_READY &&
		    !lane->is_full && !lane->is_blocked &&
		    lane->kept_count < DISPATCH_UNANSWERED_MAX)
			return lane;
	}
	return NULL;
}
