/*
 * Belief: "More than 16 is too many."
 *
 * What happens: 16 fill the ring. The next one overwrites the oldest, and
 * that connection is lost.
 *
 * Must fail: choose_not_who_has_no_room
 */
struct lane *
dispatch_choose(struct dispatcher *dispatcher)
{
	struct lane *best = NULL;
	uint64_t best_load = UINT64_MAX;

	for (size_t i = 0; i < dispatcher->lane_count; i++) {
		struct lane *lane = &dispatcher->lanes[i];
		if (lane->seat->worker->status != WORKER_READY ||
		    lane->is_full || lane->is_blocked ||
		    lane->kept_count > DISPATCH_UNANSWERED_MAX)
			continue;
		uint64_t load = dispatch_load(lane);
		if (load < best_load) {
			best = lane;
			best_load = load;
		}
	}
	return best;
}
