/*
 * waitid() tells who it was before it takes it away.
 */
void
supervisor_reap(struct supervisor *supervisor)
{
	siginfo_t info = {.si_pid = 0};

	while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid != 0) {
		pid_t pid = info.si_pid;
		int wait_status = 0;
		size_t i = 0;
		while (i < supervisor->job.table->count &&
		       supervisor->seats[i].worker->pid != pid)
			i++;
		waitpid(pid, &wait_status, 0);
		if (i < supervisor->job.table->count)
			supervisor_note_death(supervisor, &supervisor->seats[i],
			                      wait_status);
		info.si_pid = 0;
	}
	supervisor_balance(supervisor);
}
