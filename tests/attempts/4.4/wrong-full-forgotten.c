/*
 * Belief: "If it is full it will say so."
 *
 * What happens: It has said so: is_full. Whoever asks again gets the same
 * answer, and the connection goes back and forth.
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
		    lane->is_blocked ||
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
