/*
 * From the last to the first, where the later one of equals wins.
 */
static bool
can_take(const struct lane *lane)
{
	if (lane->seat->worker->status != WORKER_READY)
		return false;
	return !lane->is_full && !lane->is_blocked &&
	       lane->kept_count < DISPATCH_UNANSWERED_MAX;
}

struct lane *
dispatch_choose(struct dispatcher *dispatcher)
{
	struct lane *best = NULL;

	for (size_t i = dispatcher->lane_count; i-- > 0;) {
		struct lane *lane = dispatcher->lanes + i;
		if (can_take(lane) &&
		    (best == NULL ||
		     dispatch_load(lane) <= dispatch_load(best)))
			best = lane;
	}
	return best;
}
