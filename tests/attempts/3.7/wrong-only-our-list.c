/*
 * Belief: "close() takes it out of epoll. Only our own list does not know."
 *
 * What happens: close() does so if nobody else has the open file. Somebody may:
 * a copy, a process that was just forked. Then events come for a seat that has
 * another worker by now.
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
		list_remove(&seat->news.link);
		close(seat->news.fd);
		seat->news.fd = -1;
	}
	if (worker->status == WORKER_STARTING)
		begin_backoff(supervisor);
	worker->status = WORKER_DEAD;
	worker->pid = 0;
}
