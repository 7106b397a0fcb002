/*
 * Belief: "Stop means: end them. SIGKILL does."
 *
 * What happens: Every answer is cut short.
 *
 * Must fail: stop_finishes_downloads
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
	supervisor_signal_all(supervisor, SIGKILL);
}
