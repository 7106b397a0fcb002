/*
 * Belief: "The mask must go: nothing is blocked from now on."
 *
 * What happens: A SIGTERM that comes before worker_run() watches for it kills
 * the worker, in the middle of its start. (It is blocked in the main process,
 * and could have gone on waiting.)
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
	sigemptyset(&watched);
	sigprocmask(SIG_SETMASK, &watched, NULL);

	close_all_but(job->listen_fd, ready_fd);
}
