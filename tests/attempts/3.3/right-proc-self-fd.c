/*
 * Closes what /proc/self/fd lists, and only that; the list is read before
 * anything is closed. The mask is emptied signal by signal.
 */
#include <dirent.h>
#include <stdlib.h>

enum { LISTED_MAX = 4096 };

static int
close_listed(int one, int other)
{
	static int fds[LISTED_MAX];
	size_t count = 0;
	struct dirent *entry;
	DIR *folder = opendir("/proc/self/fd");

	if (folder == NULL)
		return -1;
	while ((entry = readdir(folder)) != NULL && count < LISTED_MAX) {
		int fd = atoi(entry->d_name); /* "." and ".." are 0 */
		if (fd > 2 && fd != one && fd != other && fd != dirfd(folder))
			fds[count++] = fd;
	}
	closedir(folder);
	while (count > 0)
		close(fds[--count]);
	return 0;
}

void
worker_prepare(const struct worker_job *job, int ready_fd)
{
	sigset_t watched;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != job->table->main_pid)
		_exit(1);

	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	watched_signals(&watched);
	sigprocmask(SIG_BLOCK, &watched, NULL);
	for (int number = 1; number < NSIG; number++) {
		sigset_t one;
		if (sigismember(&watched, number) == 1)
			continue;
		sigemptyset(&one);
		sigaddset(&one, number);
		sigprocmask(SIG_UNBLOCK, &one, NULL);
	}
	if (close_listed(job->listen_fd, ready_fd) == -1)
		close_all_but(job->listen_fd, ready_fd);
}
