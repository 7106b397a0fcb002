/*
 * Belief: "fork() has returned a pid, so the worker is there."
 *
 * What happens: It exists. Whether it can serve, its byte says. One that dies
 * while it starts counts as one that served, and is started again and again.
 *
 * Must fail: started_worker_is_noted
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
		worker_prepare(job, ends[1]);
		_exit(worker_run(worker, job, ends[1]));
	}
	close(ends[1]);
	worker->pid = pid;
	worker->status = WORKER_READY;
	worker->started_ms = timers_now_ms();
	worker->starts++;
	return ends[0];
}
