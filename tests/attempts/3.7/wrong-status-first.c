/*
 * Belief: "Dead is dead: first the status, then what follows from it."
 *
 * What happens: Whether it had been ready is asked of a status that says
 * WORKER_DEAD by then. No backoff ever begins.
 *
 * Must fail: young_death_begins_a_backoff
 */
void
supervisor_note_death(struct supervisor *supervisor, struct seat *seat,
                      int wait_status)
{
	struct worker *worker = seat->worker;

	report_death(worker, wait_status);
	worker->status = WORKER_DEAD;
	if (supervisor->on_worker_end != NULL)
		supervisor->on_worker_end(supervisor, seat);
	if (seat->news.fd != -1) {
		loop_remove(supervisor->loop, &seat->news);
		close(seat->news.fd);
		seat->news.fd = -1;
	}
	if (worker->status == WORKER_STARTING)
		begin_backoff(supervisor);
	worker->pid = 0;
}
