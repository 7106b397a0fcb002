/*
 * Belief: "A process ends with exit()."
 *
 * What happens: exit() first writes out what stdio still holds and calls what
 * atexit() has noted. The child has a copy of both, and they are the main
 * process's.
 *
 * Must fail: child_ends_with_underscore_exit
 */
#include <stdlib.h>

int
worker_start(struct worker *worker, const struct worker_job *job)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) == -1)
		return -1;
	memset(&worker->stats, 0, sizeof worker->stats);
	pid_t pid = fork();
	if (pid == -1) {
		int error = errno;
		close(ends[0]);
		close(ends[1]);
		errno = error;
		return -1;
	}
	if (pid == 0) {
		worker_prepare(job, ends[1]);
		exit(worker_run(worker, job, ends[1]));
	}
	close(ends[1]);
	worker->pid = pid;
	worker->status = WORKER_STARTING;
	worker->started_ms = timers_now_ms();
	worker->starts++;
	return ends[0];
}
