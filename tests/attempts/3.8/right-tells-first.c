/*
 * The workers first, then the rest; each by itself.
 */
static void
tell(const struct supervisor *supervisor, int signal_number)
{
	const struct worker_table *table = supervisor->job.table;

	for (const struct worker *worker = table->workers;
	     worker < table->workers + table->count; worker++)
		if (worker->pid > 0)
			kill(worker->pid, signal_number);
}

void
supervisor_stop(struct supervisor *supervisor)
{
	bool is_second = supervisor->is_stopping;

	tell(supervisor, is_second ? SIGKILL : SIGTERM);
	if (is_second)
		return;
	if (supervisor->on_stop != NULL)
		supervisor->on_stop(supervisor);
	supervisor->is_stopping = true;
	close(supervisor->job.listen_fd);
	supervisor->job.listen_fd = -1;
	timers_start(&supervisor->stop_timeouts, &supervisor->stop_timer,
	             timers_now_ms());
}
