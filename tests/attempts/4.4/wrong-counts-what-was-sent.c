/*
 * Belief: "Who has got the least so far is next."
 *
 * What happens: What was sent says nothing of what is still there. A worker
 * whose thousand short connections have ended gets nothing until the others
 * have had a thousand, and one that was started later gets everything.
 *
 * Must fail: choose_by_what_is_open
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
		uint64_t load = lane->sent_count;
		if (load < best_load) {
			best = lane;
			best_load = load;
		}
	}
	return best;
}
