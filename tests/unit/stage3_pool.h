/*
 * stage3_pool.h - what the unit tests of the pool have in common: a table, a
 * job, and no process left behind.
 */
#ifndef STAGE3_POOL_H
#define STAGE3_POOL_H

#include "harness/graded.h"
#include "harness/wait.h"
#include "listener.h"
#include "sockets.h"
#include "worker.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <unistd.h>

enum { POOL_FDS = 4096 }; /* a test's descriptors are below that */

static inline void
pool_ignore(int signal_number)
{
	(void)signal_number;
}

/*
 * Kills all that this test has forked when the test ends, in whatever way: a
 * process in a group of its own waits until it is told of its parent's death,
 * or until nobody has the other end of a pipe. (A worker that keeps all
 * descriptors has the pipe, too; and a parent that has changed its user may not
 * signal us.)
 */
static inline void
pool_guard(void)
{
	struct sigaction wake = {.sa_handler = pool_ignore};
	sigset_t blocked, none;
	fd_set readable;
	int ends[2];

	SOCKETS_CHECK(pipe(ends));
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	setpgid(0, 0);
	pid_t group = getpid();
	pid_t guard = fork();
	SOCKETS_CHECK(guard);
	if (guard != 0) {
		close(ends[0]);
		return;
	}
	setpgid(0, 0);
	sigfillset(&blocked);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	sigemptyset(&none);
	sigemptyset(&wake.sa_mask);
	sigaction(SIGTERM, &wake, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	for (int fd = 0; fd < POOL_FDS; fd++)
		if (fd != ends[0])
			close(fd);
	FD_ZERO(&readable);
	FD_SET(ends[0], &readable);
	if (getppid() == group)
		pselect(ends[0] + 1, &readable, NULL, NULL, NULL, &none);
	kill(-group, SIGKILL);
	_exit(0);
}

/* What a worker needs to run: a root, a listener, room for few clients. */
static inline void
pool_options(struct options *options, int worker_count)
{
	*options = (struct options){
		.root = scratch_path(),
		.connections = 4,
		.timeouts_ms = {10000, 10000, 10000, 2000},
		.workers = worker_count,
	};
}

/* A listening socket of our own making, so that no other exercise is needed. */
static inline int
pool_listen(void)
{
	struct sockaddr_in address = sockets_loopback(0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	SOCKETS_CHECK(fd);
	SOCKETS_CHECK(bind(fd, (struct sockaddr *)&address, sizeof address));
	SOCKETS_CHECK(listen(fd, 16));
	return fd;
}

/* A table of our own making. */
static inline struct worker_table *
pool_table(size_t count)
{
	struct worker_table *table = worker_table_new(count);
	if (table == NULL)
		fail_test("worker_table_new(%zu) returned NULL: %s.", count,
		          strerror(errno));
	return table;
}

static inline bool
pool_is_running(pid_t pid)
{
	siginfo_t info = {.si_pid = 0};

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) ==
	               0 &&
	       info.si_pid == 0;
}

#endif
