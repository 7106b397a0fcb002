/*
 * Belief: "Block what the worker watches."
 *
 * What happens: It is added to what the main process had blocked. SIG_BLOCK
 * adds, SIG_SETMASK sets.
 *
 * Must fail: mask_of_the_main_process_goes
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
	sigprocmask(SIG_BLOCK, &watched, NULL);

	close_all_but(job->listen_fd, ready_fd);
}
