/*
 * Belief: "PR_SET_PDEATHSIG sees to it."
 *
 * What happens: From now on. If the main process died between fork() and here,
 * nobody will ever send that signal.
 *
 * Must fail: orphan_does_not_live
 */
void
worker_prepare(const struct worker_job *job, int ready_fd)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t watched;

	prctl(PR_SET_PDEATHSIG, SIGKILL);

	sigemptyset(&ignore.sa_mask);
	sigaction(SIGINT, &ignore, NULL);
	sigaction(SIGHUP, &ignore, NULL);
	watched_signals(&watched);
	sigprocmask(SIG_SETMASK, &watched, NULL);

	close_all_but(job->listen_fd, ready_fd);
}
