/*
 * Belief: "One SIGCHLD, one death", once more, seen from outside: "the next
 * one will come."
 *
 * What happens: It will not. Five workers die in one moment, and one is
 * replaced.
 *
 * Must fail: all_die_together
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

	do
		pid = waitpid(-1, &wait_status, WNOHANG);
	while (pid == -1 && errno == EINTR);
	if (pid > 0 && seat_of(supervisor, pid) != NULL)
		supervisor_note_death(supervisor, seat_of(supervisor, pid),
		                      wait_status);
	supervisor_balance(supervisor);
}
