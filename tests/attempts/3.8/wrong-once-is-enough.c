/*
 * Belief: "Whoever has been told need not be told again."
 *
 * What happens: The second SIGTERM is for the case that somebody stands in the
 * way; and he stands there for six seconds.
 *
 * Must fail: second_stop_kills
 */
void
supervisor_stop(struct supervisor *supervisor)
{
	if (supervisor->is_stopping)
		return;
	supervisor->is_stopping = true;
	timers_start(&supervisor->stop_timeouts, &supervisor->stop_timer,
	             timers_now_ms());
	if (supervisor->on_stop != NULL)
		supervisor->on_stop(supervisor);
	close(supervisor->job.listen_fd);
	supervisor_signal_all(supervisor, SIGTERM);
}
