/*
 * Belief: "Who takes part has set on_worker_end()."
 *
 * What happens: It may be NULL, and is in this stage.
 *
 * Must fail: place_of_the_dead_is_free
 */
void
supervisor_note_death(struct supervisor *supervisor, struct seat *seat,
                      int wait_status)
{
	struct worker *worker = seat->worker;

	report_death(worker, wait_status);
	supervisor->on_worker_end(supervisor, seat);
	if (seat->news.fd != -1) {
		loop_remove(supervisor->loop, &seat->news);
		close(seat->news.fd);
		seat->news.fd = -1;
	}
	if (worker->status == WORKER_STARTING)
		begin_backoff(supervisor);
	worker->status = WORKER_DEAD;
	worker->pid = 0;
}
