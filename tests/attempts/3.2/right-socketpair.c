/*
 * A socket pair in place of the pipe; the child's side in a function that does
 * not return; the parent's in a switch.
 */
#include <sys/socket.h>

static void __attribute__((noreturn))
be_worker(struct worker *worker, const struct worker_job *job, int ready_fd)
{
	worker_prepare(job, ready_fd);
	_exit(worker_run(worker, job, ready_fd));
}

static void
note(struct worker *worker, pid_t pid)
{
	worker->started_ms = timers_now_ms();
	worker->status = WORKER_STARTING;
	worker->starts += 1;
	worker->pid = pid;
}

int
worker_start(struct worker *worker, const struct worker_job *job)
{
	int pair[2];
	int error;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
	               pair) != 0)
		return -1;
	worker->stats = (struct stats){0};
	pid_t pid = fork();
	switch (pid) {
	case 0:
		close(pair[0]); /* the main process's */
		be_worker(worker, job, pair[1]);
	case -1:
		error = errno;
		close(pair[0]);
		close(pair[1]);
		errno = error;
		return -1;
	default:
		note(worker, pid);
		close(pair[1]); /* the worker's */
		return pair[0];
	}
}
