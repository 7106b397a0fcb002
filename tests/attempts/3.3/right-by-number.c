/*
 * In another order: descriptors first, one by one up to the highest that there
 * can be; the death signal last, and the question about the parent behind it.
 */
#include <stdbool.h>

static bool
is_kept(const struct worker_job *job, int fd, int ready_fd)
{
	return fd <= STDERR_FILENO || fd == job->listen_fd || fd == ready_fd;
}

void
worker_prepare(const struct worker_job *job, int ready_fd)
{
	struct rlimit limit;
	struct sigaction ignore;
	sigset_t mine;

	(void)close_all_but;
	getrlimit(RLIMIT_NOFILE, &limit);
	for (int fd = 0; (rlim_t)fd < limit.rlim_cur && fd < 1 << 16; fd++)
		if (!is_kept(job, fd, ready_fd))
			close(fd);
	memset(&ignore, 0, sizeof ignore);
	ignore.sa_handler = SIG_IGN;
	sigaction(SIGHUP, &ignore, NULL);
	sigaction(SIGINT, &ignore, NULL);
	sigemptyset(&mine);
	sigaddset(&mine, SIGTERM);
	sigaddset(&mine, SIGUSR1);
	pthread_sigmask(SIG_SETMASK, &mine, NULL);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 ||
	    getppid() != job->table->main_pid)
		_exit(1);
}
