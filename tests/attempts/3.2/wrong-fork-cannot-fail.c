/*
 * Belief: "fork() returns 0 or a pid."
 *
 * What happens: Or -1, when there are too many processes. The table then has a
 * worker with pid -1, and kill(-1, SIGTERM) is sent to all that we may signal.
 *
 * Must fail: start_says_why_not
 */
int
worker_start(struct worker *worker, const struct worker_job *job)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) == -1)
		return -1;
	memset(&worker->stats, 0, sizeof worker->stats);
	pid_t pid = fork();
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
