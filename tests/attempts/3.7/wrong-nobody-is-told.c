/*
 * Belief: "on_worker_end() is NULL; why should I call it?"
 *
 * What happens: In this stage. Stage 4 takes back in it what the worker had
 * not answered.
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
	if (worker->status == WORKER_STARTING)
		begin_backoff(supervisor);
	worker->status = WORKER_DEAD;
	worker->pid = 0;
}
