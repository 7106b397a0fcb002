/*
 * Belief: "Whether there is a backoff I ask at the beginning."
 *
 * What happens: start_worker() begins one when it fails. Asked only once, the
 * loop tries again at once, and again, for ever.
 *
 * Must fail: failing_start_is_no_loop
 */
void
supervisor_balance(struct supervisor *supervisor)
{
	const size_t wanted = supervisor->worker_count;

	if (supervisor->is_stopping)
		return;
	bool may_start = supervisor->backoff.queue == NULL;

	while (may_start &&
	       count_workers(supervisor, WORKER_STARTING, true) +
	                       count_workers(supervisor, WORKER_READY, true) <
	               wanted) {
		struct seat *seat = find_free_seat(supervisor);
		if (seat == NULL)
			break;
		start_worker(supervisor, seat);
	}

	size_t new_ready = count_workers(supervisor, WORKER_READY, true);
	size_t old_ready = count_workers(supervisor, WORKER_READY, false);
	while (old_ready > 0 && new_ready + old_ready > wanted) {
		drain_old_worker(supervisor);
		old_ready--;
	}
}
