/*
 * Belief: "It will work the next time", seen from outside."
 *
 * What happens: The folder that it should serve is gone. It is forked again
 * and again, and the log fills up.
 *
 * Must fail: storm_is_damped
 */
void
supervisor_note_death(struct supervisor *supervisor, struct seat *seat,
                      int wait_status)
{
	struct worker *worker = seat->worker;

	(void)begin_backoff;
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
