/*
 * Belief: "Out with the old ones, then in with the new."
 *
 * What happens: For as long as the new ones take to start, nobody serves.
 *
 * Must fail: old_ones_serve_until_new_ones_do
 */
void
supervisor_balance(struct supervisor *supervisor)
{
	const size_t wanted = supervisor->worker_count;

	if (supervisor->is_stopping)
		return;
	size_t old_ready = count_workers(supervisor, WORKER_READY, false);
	while (old_ready-- > 0)
		drain_old_worker(supervisor);

	while (supervisor->backoff.queue == NULL &&
	       count_workers(supervisor, WORKER_STARTING, true) +
	                       count_workers(supervisor, WORKER_READY, true) <
	               wanted) {
		struct seat *seat = find_free_seat(supervisor);
		if (seat == NULL)
			break;
		start_worker(supervisor, seat);
	}
}
