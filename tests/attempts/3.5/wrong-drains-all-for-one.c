/*
 * Belief: "A new one is ready, so the old ones may go."
 *
 * What happens: One may go for each that is ready. Here three go for one.
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
	                       count_workers(supervisor, WORKER_READY, true) <
	               wanted) {
		struct seat *seat = find_free_seat(supervisor);
		if (seat == NULL)
			break;
		start_worker(supervisor, seat);
	}

	size_t old_ready = count_workers(supervisor, WORKER_READY, false);
	if (count_workers(supervisor, WORKER_READY, true) > 0)
		while (old_ready-- > 0)
			drain_old_worker(supervisor);
}
