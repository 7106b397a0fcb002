/*
 * Belief: "The workers are table->count."
 *
 * What happens: That is how many places there are; some have no pid. And what
 * is 0 for a pid means to kill(): my whole process group.
 *
 * Must fail: stop_tells_and_does_not_wait
 */
void
supervisor_stop(struct supervisor *supervisor)
{
	if (supervisor->is_stopping) {
		supervisor_signal_all(supervisor, SIGKILL);
		return;
	}
	supervisor->is_stopping = true;
	timers_start(&supervisor->stop_timeouts, &supervisor->stop_timer,
	             timers_now_ms());
	if (supervisor->on_stop != NULL)
		supervisor->on_stop(supervisor);
	close(supervisor->job.listen_fd);
	kill(supervisor->job.table->workers[0].pid, SIGTERM);
}
