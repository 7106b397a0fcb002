/*
 * Belief: "Reset all handlers: SIG_DFL, as for every child."
 *
 * What happens: The default action of SIGINT and SIGHUP is to end the process.
 *
 * Must fail: terminal_signals_are_not_for_workers
 */
void
worker_prepare(const struct worker_job *job, int ready_fd)
{
	struct sigaction standard = {.sa_handler = SIG_DFL};
	sigset_t watched;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != job->table->main_pid)
		_exit(1);

	sigemptyset(&standard.sa_mask);
	for (int number = 1; number < NSIG; number++)
		sigaction(number, &standard, NULL);
	watched_signals(&watched);
	sigprocmask(SIG_SETMASK, &watched, NULL);

	close_all_but(job->listen_fd, ready_fd);
}
