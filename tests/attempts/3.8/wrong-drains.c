/*
 * Belief: "Draining is stopping, kindly."
 *
 * What happens: A worker that drains gives a silent client two seconds, and
 * has no deadline of its own.
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
	supervisor_signal_all(supervisor, SIGUSR1);
}
