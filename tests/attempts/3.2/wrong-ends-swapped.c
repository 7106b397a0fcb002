/*
 * Belief: "ends[0] is the child's, ends[1] is mine."
 *
 * What happens: pipe() gives the reading end first. The worker cannot write to
 * what it has, and the main process cannot read from what it has.
 *
 * Must fail: started_worker_says_it_is_ready
 */
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
		worker_prepare(job, ends[0]);
		_exit(worker_run(worker, job, ends[0]));
	}
	close(ends[0]);
	worker->pid = pid;
	worker->status = WORKER_STARTING;
	worker->started_ms = timers_now_ms();
	worker->starts++;
	return ends[1];
}
