/*
 * Belief: "Every free seat gets a worker."
 *
 * What happens: There are twice as many seats as workers, so that a new one
 * can start while an old one still serves.
 *
 * Must fail: as_many_as_were_asked_for
 */
void
supervisor_balance(struct supervisor *supervisor)
{
	const size_t wanted = supervisor->worker_count;

	if (supervisor->is_stopping)
		return;
	struct seat *seat;

	while (supervisor->backoff.queue == NULL &&
	       (seat = find_free_seat(supervisor)) != NULL)
		start_worker(supervisor, seat);

	size_t new_ready = count_workers(supervisor, WORKER_READY, true);
	size_t old_ready = count_workers(supervisor, WORKER_READY, false);
	while (old_ready > 0 && new_ready + old_ready > wanted) {
		drain_old_worker(supervisor);
		old_ready--;
	}
}
