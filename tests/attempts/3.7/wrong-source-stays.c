/*
 * Belief: "close() takes it out of epoll."
 *
 * What happens: Out of epoll, yes. It may wait in the ready list: the pipe's
 * end came in the same batch. There it stays, while the seat is given to the
 * next worker.
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
	if (seat->news.fd != -1) {
		close(seat->news.fd);
		seat->news.fd = -1;
	}
	if (worker->status == WORKER_STARTING)
		begin_backoff(supervisor);
	worker->status = WORKER_DEAD;
	worker->pid = 0;
}
