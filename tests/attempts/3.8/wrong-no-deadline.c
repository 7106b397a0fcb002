/*
 * Belief: "They have been told; they will end."
 *
 * What happens: One that hangs in a handler does not, and with it the server
 * never ends.
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
	if (supervisor->on_stop != NULL)
		supervisor->on_stop(supervisor);
	close(supervisor->job.listen_fd);
	supervisor_signal_all(supervisor, SIGTERM);
}
