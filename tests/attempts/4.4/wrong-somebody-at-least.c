/*
 * Belief: "Somebody has to take it."
 *
 * What happens: If nobody can, the first worker is sent it, dead or full.
 * NULL would have meant: stop accepting, and wait.
 *
 * Must fail: choose_nobody
 */
struct lane *
dispatch_choose(struct dispatcher *dispatcher)
{
	struct lane *best = &dispatcher->lanes[0];
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
	return best;
}
