/*
 * Belief: "The workers close it", seen from outside."
 *
 * What happens: While downloads are being finished, new clients get connected,
 * and then nothing.
 *
 * Must fail: nobody_listens_any_more
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
