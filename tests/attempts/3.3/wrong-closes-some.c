/*
 * Belief: "Nobody has more than 64 descriptors open."
 *
 * What happens: The main process of a large pool has; in stage 4 it holds
 * connections. They stay open as long as this worker lives.
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

	for (int fd = 3; fd < 64; fd++)
		if (fd != job->listen_fd && fd != ready_fd)
			close(fd);
	(void)close_all_but;
}
