/*
 * Belief: "SIGHUP is what a process gets when who started it goes away."
 *
 * What happens: SIGHUP is ignored, two lines further down.
 *
 * Must fail: orphan_does_not_live
 */
void
worker_prepare(const struct worker_job *job, int ready_fd)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t watched;

	prctl(PR_SET_PDEATHSIG, SIGHUP);
	if (getppid() != job->table->main_pid)
		_exit(1);

	sigemptyset(&ignore.sa_mask);
	sigaction(SIGINT, &ignore, NULL);
	sigaction(SIGHUP, &ignore, NULL);
	watched_signals(&watched);
	sigprocmask(SIG_SETMASK, &watched, NULL);

	close_all_but(job->listen_fd, ready_fd);
}
