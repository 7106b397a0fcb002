/*
 * Belief: "There is always a source."
 *
 * What happens: Not if it could not be added to the loop: news.fd is -1 then,
 * and the link leads nowhere.
 *
 * Must fail: source_of_the_dead_is_gone
 */
void
supervisor_note_death(struct supervisor *supervisor, struct seat *seat,
                      int wait_status)
{
	struct worker *worker = seat->worker;

	report_death(worker, wait_status);
	if (supervisor->on_worker_end != NULL)
		supervisor->on_worker_end(supervisor, seat);
	loop_remove(supervisor->loop, &seat->news);
	close(seat->news.fd);
	seat->news.fd = -1;
	if (worker->status == WORKER_STARTING)
		begin_backoff(supervisor);
	worker->status = WORKER_DEAD;
	worker->pid = 0;
}
