/*
 * Belief: "A worker that is missing is to be replaced."
 *
 * What happens: One that cannot start is replaced a thousand times a second.
 *
 * Must fail: young_death_begins_a_backoff
 */
void
supervisor_note_death(struct supervisor *supervisor, struct seat *seat,
                      int wait_status)
{
	struct worker *worker = seat->worker;

	report_death(worker, wait_status);
	if (supervisor->on_worker_end != NULL)
		supervisor->on_worker_end(supervisor, seat);
	if (seat->news.fd != -1) {
		loop_remove(supervisor->loop, &seat->news);
		close(seat->news.fd);
		seat->news.fd = -1;
	}
	worker->status = WORKER_DEAD;
	worker->pid = 0;
}
