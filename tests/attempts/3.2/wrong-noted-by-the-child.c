/*
 * Belief: "The child knows its pid best, and the table is shared."
 *
 * What happens: The main process may look before the child has written: it sees
 * pid 0, takes the place for a free one, and starts another worker there.
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
		usleep(1000); /* so long may a child have to wait for its CPU */
		worker->pid = getpid();
		worker->status = WORKER_STARTING;
		worker->started_ms = timers_now_ms();
		worker->starts++;
		_exit(worker_run(worker, job, ends[1]));
	}
	close(ends[1]);
	return ends[0];
}
