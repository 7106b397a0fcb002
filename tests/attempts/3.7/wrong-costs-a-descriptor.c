/*
 * Belief: "The pipe has ended", once more, seen from outside: "nobody counts
 * descriptors."
 *
 * What happens: The kernel does. After a thousand deaths no worker can be
 * started any more.
 *
 * Must fail: deaths_cost_no_descriptor
 */
void
supervisor_note_death(struct supervisor *supervisor, struct seat *seat,
                      int wait_status)
{
	struct worker *worker = seat->worker;

	report_death(worker, wait_status);
	if (supervisor->on_worker_end != NULL)
		supervisor->on_worker_end(supervisor, seat);
	if (worker->status == WORKER_STARTING)
		begin_backoff(supervisor);
	worker->status = WORKER_DEAD;
	worker->pid = 0;
}
