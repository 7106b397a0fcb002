/*
 * Belief: "As long as it is not -1."
 *
 * What happens: It is 0 when the others live: that is no error and no pid. The
 * loop turns for ever.
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

	while ((pid = waitpid(-1, &wait_status, WNOHANG)) != -1) {
		struct seat *seat = pid > 0 ? seat_of(supervisor, pid) : NULL;
		if (seat != NULL)
			supervisor_note_death(supervisor, seat, wait_status);
	}
	supervisor_balance(supervisor);
}
