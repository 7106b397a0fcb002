/*
 * Belief: "SIGTERM, so that the worker can finish in peace."
 *
 * What happens: The main process has crashed, and nobody looks after the worker
 * any more. It goes on with its downloads for seconds and holds the port: the
 * new server cannot start.
 *
 * Must fail: orphan_does_not_live
 */
void
worker_prepare(const struct worker_job *job, int ready_fd)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t watched;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != job->table->main_pid)
		_exit(1);

	sigemptyset(&ignore.sa_mask);
	sigaction(SIGINT, &ignore, NULL);
	sigaction(SIGHUP, &ignore, NULL);
	watched_signals(&watched);
	sigprocmask(SIG_SETMASK, &watched, NULL);

	close_all_but(job->listen_fd, ready_fd);
}
