/*
 * Belief: "A lane has a worker."
 *
 * What happens: It may have none (yet, or any more), or one that is to
 * finish. That one has no connections, and so is chosen each time.
 *
 * Must fail: choose_only_who_is_ready
 */
struct lane *
dispatch_choose(struct dispatcher *dispatcher)
{
	struct lane *best = NULL;
	uint64_t best_load = UINT64_MAX;

	for (size_t i = 0; i < dispatcher->lane_count; i++) {
		struct lane *lane = &dispatcher->lanes[i];
		if (lane->is_full || lane->is_blocked ||
		    lane->kept_count == DISPATCH_UNANSWERED_MAX)
			continue;
		uint64_t load = dispatch_load(lane);
		if (load < best_load) {
			best = lane;
			best_load = load;
		}
	}
	return best;
}
