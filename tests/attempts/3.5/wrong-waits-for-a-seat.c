/*
 * Belief: "Until a seat is free."
 *
 * What happens: It gets free when a worker has been reaped, and who should do
 * that while the loop is here?
 *
 * Must fail: no_seat_is_free
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
			continue;
		start_worker(supervisor, seat);
	}

	size_t new_ready = count_workers(supervisor, WORKER_READY, true);
	size_t old_ready = count_workers(supervisor, WORKER_READY, false);
	while (old_ready > 0 && new_ready + old_ready > wanted) {
		drain_old_worker(supervisor);
		old_ready--;
	}
}
