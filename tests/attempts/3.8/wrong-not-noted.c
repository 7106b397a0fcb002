/*
 * Belief: "What is to be done is done here; why note it?"
 *
 * What happens: supervisor_balance() starts a new worker for each that ends.
 *
 * Must fail: stop_tells_and_does_not_wait
 */
void
supervisor_stop(struct supervisor *supervisor)
{
	timers_start(&supervisor->stop_timeouts, &supervisor->stop_timer,
	             timers_now_ms());
	if (supervisor->on_stop != NULL)
		supervisor->on_stop(supervisor);
	close(supervisor->job.listen_fd);
	supervisor_signal_all(supervisor, SIGTERM);
}
