/*
 * Belief: "Ctrl-C means: end. So the workers may end."
 *
 * What happens: It reaches them together with the main process, and before
 * that can tell them to finish. Every answer is cut short.
 *
 * Must fail: terminal_signals_are_not_for_workers
 */
void
worker_prepare(const struct worker_job *job, int ready_fd)
{
	sigset_t watched;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != job->table->main_pid)
		_exit(1);

	watched_signals(&watched);
	sigprocmask(SIG_SETMASK, &watched, NULL);

	close_all_but(job->listen_fd, ready_fd);
}
