/*
 * Belief: "Zero the whole place, so that nothing of the old one is left."
 *
 * What happens: How often the place has been filled is gone too: a worker that
 * dies every minute looks as if it had just been started for the first time.
 *
 * Must fail: started_worker_is_noted
 */
int
worker_start(struct worker *worker, const struct worker_job *job)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) == -1)
		return -1;
	memset(worker, 0, sizeof *worker);
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
	worker->status = WORKER_STARTING;
	worker->started_ms = timers_now_ms();
	worker->starts++;
	return ends[0];
}
