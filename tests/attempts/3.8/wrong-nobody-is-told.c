/*
 * Belief: "on_stop() is NULL."
 *
 * What happens: In this stage. Stage 4 hands out in it what is still in the
 * queue.
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
	close(supervisor->job.listen_fd);
	supervisor_signal_all(supervisor, SIGTERM);
}
