/*
 * Belief: "Told twice: tell them twice."
 *
 * What happens: Who did not end at the first SIGTERM does not end at the
 * second. Whoever sends it twice means it.
 *
 * Must fail: second_stop_kills
 */
void
supervisor_stop(struct supervisor *supervisor)
{
	if (supervisor->is_stopping) {
		supervisor_signal_all(supervisor, SIGTERM);
		return;
	}
	supervisor->is_stopping = true;
	timers_start(&supervisor->stop_timeouts, &supervisor->stop_timer,
	             timers_now_ms());
	if (supervisor->on_stop != NULL)
		supervisor->on_stop(supervisor);
	close(supervisor->job.listen_fd);
	supervisor_signal_all(supervisor, SIGTERM);
}
