/*
 * Belief: "A worker is a worker, of whatever generation."
 *
 * What happens: After SIGHUP there are enough of them, so nobody is replaced.
 *
 * Must fail: old_ones_serve_until_new_ones_do
 */
void
supervisor_balance(struct supervisor *supervisor)
{
	const size_t wanted = supervisor->worker_count;

	if (supervisor->is_stopping)
		return;
	while (supervisor->backoff.queue == NULL &&
	       count_workers(supervisor, WORKER_STARTING, true) +
	                       count_workers(supervisor, WORKER_STARTING,
	                                     false) +
	                       count_workers(supervisor, WORKER_READY, true) +
	                       count_workers(supervisor, WORKER_READY, false) <
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
