/*
 * Belief: "A new process begins with no signal blocked."
 *
 * What happens: fork() copies the mask. SIGCHLD, SIGINT and SIGHUP stay
 * blocked in every worker, and in whatever it may start.
 *
 * Must fail: mask_of_the_main_process_goes
 */
void
worker_prepare(const struct worker_job *job, int ready_fd)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != job->table->main_pid)
		_exit(1);

	sigemptyset(&ignore.sa_mask);
	sigaction(SIGINT, &ignore, NULL);
	sigaction(SIGHUP, &ignore, NULL);

	close_all_but(job->listen_fd, ready_fd);
}
