/*
 * Belief: "Close it, then forget it: the order does not matter."
 *
 * What happens: EPOLL_CTL_DEL wants an open descriptor: EBADF. If the open file
 * has another owner, the kernel's interest lives on.
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
		loop_remove(supervisor->loop, &seat->news);
		seat->news.fd = -1;
	}
	if (worker->status == WORKER_STARTING)
		begin_backoff(supervisor);
	worker->status = WORKER_DEAD;
	worker->pid = 0;
}
