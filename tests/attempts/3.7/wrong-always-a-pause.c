/*
 * Belief: "Better slow than a storm: a pause after every death."
 *
 * What happens: A worker that served for days and crashed is missing for a
 * second, and so are all that die in that second.
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
	begin_backoff(supervisor);
	worker->status = WORKER_DEAD;
	worker->pid = 0;
}
