/*
 * Belief: "Close, tell; and the second time kill."
 *
 * What happens: The second time the listener's number belongs to something
 * else, and that is closed.
 *
 * Must fail: second_stop_kills
 */
void
supervisor_stop(struct supervisor *supervisor)
{
	close(supervisor->job.listen_fd);
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
