/*
 * Belief: "The workers close the listener."
 *
 * What happens: Each its own copy. The main process has one too, and a
 * listening socket lives until the last one is closed.
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
	supervisor_signal_all(supervisor, SIGTERM);
}
