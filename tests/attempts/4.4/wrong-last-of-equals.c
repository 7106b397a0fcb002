/*
 * Belief: "Smaller or equal is smaller."
 *
 * What happens: Of equal ones the last is chosen. That is no worse, but it
 * is not what was asked for: whoever compares two runs finds other workers
 * busy.
 *
 * Must fail: choose_the_first_of_equals
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
		if (load <= best_load) {
			best = lane;
			best_load = load;
		}
	}
	return best;
}
