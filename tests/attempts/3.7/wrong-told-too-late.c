/*
 * Belief: "First tidy up, then tell."
 *
 * What happens: Who is told wants to read what the worker said last, and the
 * descriptor is closed.
 *
 * Must fail: others_hear_of_the_death
 */
void
supervisor_note_death(struct supervisor *supervisor, struct seat *seat,
                      int wait_status)
{
	struct worker *worker = seat->worker;

	report_death(worker, wait_status);
	if (seat->news.fd != -1) {
		loop_remove(supervisor->loop, &seat->news);
		close(seat->news.fd);
		seat->news.fd = -1;
	}
	if (supervisor->on_worker_end != NULL)
		supervisor->on_worker_end(supervisor, seat);
	if (worker->status == WORKER_STARTING)
		begin_backoff(supervisor);
	worker->status = WORKER_DEAD;
	worker->pid = 0;
}
