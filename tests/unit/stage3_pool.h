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

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { POOL_FDS = 4096 }; /* a test's descriptors are below that */

/* Kills all that this test has forked when the test ends, in whatever way: a
   process in a group of its own asks to be told of its parent's death. */
static inline void
pool_guard(void)
{
	sigset_t told;
	int signal_number;

	setpgid(0, 0);
	pid_t group = getpid();
	pid_t guard = fork();
	SOCKETS_CHECK(guard);
	if (guard != 0)
		return;
	setpgid(0, 0);
	sigfillset(&told);
	sigprocmask(SIG_BLOCK, &told, NULL);
	sigemptyset(&told);
	sigaddset(&told, SIGTERM);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	for (int fd = 0; fd < POOL_FDS; fd++)
		close(fd);
	if (getppid() == group)
		sigwait(&told, &signal_number);
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
