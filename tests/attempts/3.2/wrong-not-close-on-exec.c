/*
 * Belief: "O_NONBLOCK is what the pipe needs."
 *
 * What happens: Nothing, until the server executes another program, as the open
 * task of stage 4 does: that one has a pipe that nobody told it of, and as long
 * as it lives no end comes.
 *
 * Must fail: started_worker_is_noted
 */
int
worker_start(struct worker *worker, const struct worker_job *job)
{
	int ends[2];

	if (pipe2(ends, O_NONBLOCK) == -1)
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
	close(ends[1]); /* the worker's */
	worker->pid = pid;
	worker->status = WORKER_STARTING;
	worker->started_ms = timers_now_ms();
	worker->starts++;
	return ends[0];
}
