/*
 * Belief: "waitpid() tells who has died."
 *
 * What happens: And waits for that, if nobody has: the main process sleeps
 * there, deaf to SIGTERM, until the next worker dies.
 *
 * Must fail: reaping_nobody_is_no_work
 */
static struct seat *
seat_of(struct supervisor *supervisor, pid_t pid)
{
	for (size_t i = 0; i < supervisor->job.table->count; i++)
		if (supervisor->seats[i].worker->pid == pid)
			return &supervisor->seats[i];
	return NULL;
}

void
supervisor_reap(struct supervisor *supervisor)
{
	int wait_status;
	pid_t pid;

	while ((pid = waitpid(-1, &wait_status, 0)) > 0) {
		struct seat *seat = seat_of(supervisor, pid);
		if (seat != NULL)
			supervisor_note_death(supervisor, seat, wait_status);
	}
	supervisor_balance(supervisor);
}
