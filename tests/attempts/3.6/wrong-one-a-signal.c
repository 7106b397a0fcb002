/*
 * Belief: "One SIGCHLD, one death, one waitpid()."
 *
 * What happens: Signals of one kind do not queue: of workers that die together
 * all but one stay zombies, and are never replaced.
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
	pid_t pid = waitpid(-1, &wait_status, WNOHANG);
	struct seat *seat = pid > 0 ? seat_of(supervisor, pid) : NULL;

	if (seat != NULL)
		supervisor_note_death(supervisor, seat, wait_status);
	supervisor_balance(supervisor);
}
