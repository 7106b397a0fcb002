/*
 * Belief: "Who has died is a worker."
 *
 * What happens: The main process may have children that it knows nothing of:
 * those of the program that it was by exec(2). There is no seat for them.
 *
 * Must fail: all_that_died_are_reaped
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

	while ((pid = waitpid(-1, &wait_status, WNOHANG)) > 0)
		supervisor_note_death(supervisor, seat_of(supervisor, pid),
		                      wait_status);
	supervisor_balance(supervisor);
}
