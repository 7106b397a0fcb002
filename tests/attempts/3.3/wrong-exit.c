/*
 * Belief: "The worker has done nothing yet: exit(1)."
 *
 * What happens: It has: by fork() it has all that the main process had planned
 * for its own end, atexit() and what lies in stdio's buffers, and does it now.
 *
 * Must fail: orphan_does_not_live
 */
#include <stdlib.h>

void
worker_prepare(const struct worker_job *job, int ready_fd)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t watched;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != job->table->main_pid)
		exit(1);

	sigemptyset(&ignore.sa_mask);
	sigaction(SIGINT, &ignore, NULL);
	sigaction(SIGHUP, &ignore, NULL);
	watched_signals(&watched);
	sigprocmask(SIG_SETMASK, &watched, NULL);

	close_all_but(job->listen_fd, ready_fd);
}
