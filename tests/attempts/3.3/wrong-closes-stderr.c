/*
 * Belief: "All but these two."
 *
 * What happens: All: stdin, stdout and stderr too. The next file that is
 * opened is number 2, and warnings are written into it.
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

	for (int fd = 0; fd < 4096; fd++)
		if (fd != job->listen_fd && fd != ready_fd)
			close(fd);
	(void)close_all_but;
}
