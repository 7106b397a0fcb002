/*
 * Belief: "Reaping is reaping; who starts a new one will know."
 *
 * What happens: It is SIGCHLD that says it is time to compare what is with
 * what should be. The pool shrinks with every death.
 *
 * Must fail: the_dead_are_replaced
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

	while ((pid = waitpid(-1, &wait_status, WNOHANG)) > 0) {
		struct seat *seat = seat_of(supervisor, pid);
		if (seat != NULL)
			supervisor_note_death(supervisor, seat, wait_status);
	}
}
