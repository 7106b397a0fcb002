/*
 * Belief: "There are worker_count workers."
 *
 * What happens: There are, but the table has twice as many places: a successor
 * may sit in the second half, and gets nothing.
 *
 * Must fail: choose_only_who_is_ready
 */
struct lane *
dispatch_choose(struct dispatcher *dispatcher)
{
	struct lane *best = NULL;
	uint64_t best_load = UINT64_MAX;

	for (size_t i = 0; i < dispatcher->supervisor->worker_count; i++) {
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
