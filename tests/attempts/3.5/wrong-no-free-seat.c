/*
 * Belief: "There are twice as many seats as workers: one is always free."
 *
 * What happens: Not when SIGHUP comes twice: the old ones serve, the first new
 * ones are still starting. start_worker() is given no seat, and the main
 * process dies.
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
	               wanted)
		start_worker(supervisor, find_free_seat(supervisor));

	size_t new_ready = count_workers(supervisor, WORKER_READY, true);
	size_t old_ready = count_workers(supervisor, WORKER_READY, false);
	while (old_ready > 0 && new_ready + old_ready > wanted) {
		drain_old_worker(supervisor);
		old_ready--;
	}
}
