/*
 * Belief: "Nobody can take one? Then forget who was full, it may be over."
 *
 * What happens: Everybody is tried again for each client, and refuses again.
 *
 * Must fail: choose_nobody
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
		    lane->kept_count == DISPATCH_UNANSWERED_MAX)
			continue;
		uint64_t load = dispatch_load(lane);
		if (load < best_load) {
			best = lane;
			best_load = load;
		}
	}
	for (size_t i = 0; best == NULL && i < dispatcher->lane_count; i++)
		dispatcher->lanes[i].is_full = false;
	return best;
}
