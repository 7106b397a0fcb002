/*
 * Belief: "O_CLOEXEC closes them."
 *
 * What happens: At exec(2), and there is none here. Each worker holds the
 * pipes of those that were started before it, and the main process's epoll and
 * signalfd.
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
	(void)ready_fd;
}
