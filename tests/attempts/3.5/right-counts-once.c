/*
 * Counts once what is missing, and asks for the backoff after each start;
 * drains from the other side: as long as it is true that there are too many.
 */
static size_t
serving(const struct supervisor *supervisor)
{
	return count_workers(supervisor, WORKER_READY, true) +
	       count_workers(supervisor, WORKER_READY, false);
}

void
supervisor_balance(struct supervisor *supervisor)
{
	if (supervisor->is_stopping)
		return;

	size_t present = count_workers(supervisor, WORKER_STARTING, true) +
	                 count_workers(supervisor, WORKER_READY, true);
	for (; present < supervisor->worker_count; present++) {
		struct seat *seat = find_free_seat(supervisor);
		if (seat == NULL || supervisor->backoff.queue != NULL)
			break;
		start_worker(supervisor, seat);
	}
	while (serving(supervisor) > supervisor->worker_count &&
	       count_workers(supervisor, WORKER_READY, false) > 0)
		drain_old_worker(supervisor);
}
