/*
 * Belief: "New ones are started; the old ones will end some day."
 *
 * What happens: Nobody tells them. They serve the old files under the old
 * rules for ever, and there is no seat left for the next SIGHUP.
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
}
