/*
 * Asks for each worker in the table by its pid: no other child is touched.
 */
static bool
has_ended(pid_t pid, int *wait_status)
{
	pid_t got;

	do
		got = waitpid(pid, wait_status, WNOHANG);
	while (got == -1 && errno == EINTR);
	return got == pid;
}

void
supervisor_reap(struct supervisor *supervisor)
{
	int wait_status;

	for (size_t i = 0; i < supervisor->job.table->count; i++) {
		struct seat *seat = &supervisor->seats[i];
		if (seat->worker->pid > 0 &&
		    has_ended(seat->worker->pid, &wait_status))
			supervisor_note_death(supervisor, seat, wait_status);
	}
	supervisor_balance(supervisor);
}
