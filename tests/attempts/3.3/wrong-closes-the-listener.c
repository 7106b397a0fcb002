/*
 * Belief: "Everything above 2 is the main process's."
 *
 * What happens: The listener was opened before the fork just so that workers
 * have it.
 *
 * Must fail: only_its_own_descriptors
 */
void
worker_prepare(const struct worker_job *job, int ready_fd)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t watched;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != job->table->main_pid)
		_exit(1);

	sigemptyset(&ignore.sa_mask);
	sigaction(SIGINT, &ignore, NULL);
	sigaction(SIGHUP, &ignore, NULL);
	watched_signals(&watched);
	sigprocmask(SIG_SETMASK, &watched, NULL);

	(void)close_all_but;
	close_all(3, (unsigned)ready_fd - 1);
	close_all((unsigned)ready_fd + 1, ~0U);
}
