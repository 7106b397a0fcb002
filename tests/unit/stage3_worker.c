/*
 * stage3_worker.c - exercises 3.1 to 3.4: one worker, from both sides.
 */
#define _GNU_SOURCE
#include "descriptors.h"
#include "harness/proc.h"
#include "server.h"
#include "stage3_pool.h"
#include "watchdog.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>

/* ---- 3.1: worker_table_new() ---- */

UNIT(3_01, table_is_shared, 4,
     "What a child writes to the table, its parent sees, and the other way "
     "round.")
{
	struct worker_table *table = pool_table(4);

	pid_t pid = fork();
	SOCKETS_CHECK(pid);
	if (pid == 0) {
		table->workers[2].stats.requests = 12345;
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	if (table->workers[2].stats.requests != 12345)
		fail_test(
			"A child wrote 12345 into its counter in the table and "
			"ended. The parent reads %ju there. fork() copies all "
			"memory but that which was mapped with MAP_SHARED.",
			(uintmax_t)table->workers[2].stats.requests);
}

UNIT(3_01, table_begins_empty, 2,
     "A new table knows its main process and its size; nobody is in it.")
{
	struct worker_table *table = pool_table(6);

	if (table->main_pid != getpid() || table->count != 6)
		fail_test("worker_table_new(6) was called by process %d. "
		          "main_pid is %d and count %zu; they should be %d "
		          "and 6.",
		          (int)getpid(), (int)table->main_pid, table->count,
		          (int)getpid());
	for (size_t i = 0; i < table->count; i++) {
		const struct worker *worker = &table->workers[i];
		if (worker->pid != 0 || worker->status != WORKER_NONE ||
		    worker->stats.accepted != 0 || worker->starts != 0)
			fail_test("In a new table, place %zu is not empty: pid "
			          "%d, status %d.",
			          i, (int)worker->pid, (int)worker->status);
	}
}

/* How many bytes from there on belong to the same mapping. */
static size_t
mapped_bytes(const void *memory)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	const uintptr_t at = (uintptr_t)memory;
	uintptr_t begin, end;
	char line[1024];
	size_t bytes = 0;

	if (maps == NULL)
		not_checked("/proc/self/maps cannot be read");
	while (fgets(line, sizeof line, maps) != NULL)
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &begin, &end) == 2 &&
		    begin <= at && at < end)
			bytes = end - at;
	fclose(maps);
	return bytes;
}

UNIT(3_01, table_has_room_for_all, 1,
     "The table is as long as it was asked for, down to the last byte of the "
     "last place.")
{
	for (size_t count = 1; count <= 300; count++) {
		struct worker_table *table = pool_table(count);
		const char *end = (const char *)&table->workers[count];
		size_t needed = (size_t)(end - (const char *)table);
		if (mapped_bytes(table) < needed)
			fail_test("worker_table_new(%zu) was called. Its own "
			          "fields and %zu places need %zu bytes; %zu "
			          "are mapped there. (sizeof counts a "
			          "flexible array as nothing, and the places "
			          "come behind the table's own fields.)",
			          count, count, needed, mapped_bytes(table));
		memset(table->workers, 0x5a, count * sizeof *table->workers);
		if (table->count != count)
			fail_test(
				"worker_table_new(%zu): writing to its places "
				"changed its count to %zu.",
				count, table->count);
		worker_table_free(table);
	}
}

UNIT(3_01, table_that_does_not_fit, 1,
     "When there is no memory for the table, worker_table_new() says NULL.")
{
	const size_t count = SIZE_MAX / 4 / sizeof(struct worker);

	watchdog("worker_table_new() was asked for more memory than there is.");
	struct worker_table *table = worker_table_new(count);
	watchdog(NULL);
	if (table != NULL)
		fail_test("worker_table_new() was asked for more memory than "
		          "there is, and returned %p. It should have returned "
		          "NULL. (mmap() itself says MAP_FAILED, which is not "
		          "NULL.)",
		          (void *)table);
}

/* ---- 3.2: worker_start() ---- */

enum { NOBODY = 65534 };

static struct options options;
static struct worker_job job;

/* A table of 3, in whose place 1 somebody has been before. */
static struct worker *
make_place(void)
{
	pool_guard();
	pool_options(&options, 3);
	job = (struct worker_job){
		.options = &options,
		.table = pool_table(3),
		.listen_fd = pool_listen(),
	};
	job.table->workers[1].starts = 4;
	job.table->workers[1].stats.requests = 99;
	return &job.table->workers[1];
}

static int
start_worker(void)
{
	struct worker *worker = make_place();
	pid_t self = getpid();

	watchdog("worker_start() was called. It should fork, and return in "
	         "the main process at once, with the worker running.");
	int fd = worker_start(worker, &job);
	if (getpid() != self)
		_exit(99); /* the child has come back into our code */
	watchdog(NULL);
	if (fd == -1)
		fail_test("worker_start() returned -1 (%s).", strerror(errno));
	return fd;
}

UNIT(3_02, started_worker_says_it_is_ready, 2,
     "worker_start() returns a descriptor on which the worker's ready byte "
     "comes.")
{
	char byte = 0;

	int fd = start_worker();
	if (!sockets_wait(fd, POLLIN) || read(fd, &byte, 1) != 1)
		fail_test(
			"worker_start() returned descriptor %d. A byte should "
			"come there when the worker is ready. %s",
			fd,
			pool_is_running(job.table->workers[1].pid)
				? "None came."
				: "The worker has ended.");
	watchdog("The ready byte has been read from the descriptor that "
	         "worker_start() returned, and a second read() was made: the "
	         "main process must never wait there (O_NONBLOCK).");
	ssize_t again = read(fd, &byte, 1);
	watchdog(NULL);
	if (again != -1)
		fail_test("The ready byte has been read. A second read() from "
		          "the descriptor that worker_start() returned says "
		          "%zd. It should say that nothing is there (EAGAIN) "
		          "as long as the worker lives.",
		          again);
}

UNIT(3_02, started_worker_is_noted, 2, "The table says who the new worker is.")
{
	int fd = start_worker();
	const struct worker *worker = &job.table->workers[1];

	if (worker->pid <= 0 || worker->pid == getpid() ||
	    !pool_is_running(worker->pid))
		fail_test("After worker_start() the table has pid %d, which is "
		          "no child of this process that runs.",
		          (int)worker->pid);
	if (worker->status != WORKER_STARTING || worker->starts != 5 ||
	    worker->started_ms <= 0)
		fail_test(
			"After worker_start() status is %d, starts %u (it was "
			"4), started_ms %jd. They should be WORKER_STARTING "
			"(1), 5, and the time.",
			(int)worker->status, worker->starts,
			(intmax_t)worker->started_ms);
	if (worker->stats.requests != 0)
		fail_test(
			"The worker that had this place before had answered 99 "
			"requests. After worker_start() the counter is %ju; "
			"it should be 0.",
			(uintmax_t)worker->stats.requests);
	if (!(fcntl(fd, F_GETFD) & FD_CLOEXEC))
		fail_test("worker_start() returned descriptor %d, which is not "
		          "close-on-exec: whatever this process may execute "
		          "gets it too.",
		          fd);
}

UNIT(3_02, death_ends_the_stream, 2,
     "When the worker is dead, the descriptor says so: nobody else holds the "
     "other end.")
{
	char bytes[8];

	int fd = start_worker();
	pid_t pid = job.table->workers[1].pid;
	sockets_wait(fd, POLLIN);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	bool ends = WAIT_FOR(read(fd, bytes, sizeof bytes) == 0);
	int error = errno;
	judge_all_the_same(); /* whatever the worker has died of */
	if (!ends)
		fail_test(
			"A worker was killed. read() from the descriptor that "
			"worker_start() had returned should say 0, the end. "
			"It says %s: the main process still holds the "
			"worker's end itself.",
			strerror(error));
}

UNIT(3_02, child_stays_in_its_branch, 1,
     "The child never returns from worker_start(): it ends with _exit().")
{
	int status;

	int fd = start_worker();
	pid_t pid = job.table->workers[1].pid;
	sockets_wait(fd, POLLIN);
	kill(pid, SIGTERM);
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 99)
		fail_test(
			"The worker was told to stop (SIGTERM). Then it "
			"returned from worker_start() into the main process's "
			"code: now there are two main processes. Its branch "
			"must end in _exit().");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_test(
			"The worker was told to stop (SIGTERM). It should have "
			"exited with 0; it ended with wait status 0x%x.",
			(unsigned)status);
}

static int *exits; /* shared: calls of exit() in children */
static pid_t test_pid;

static void
at_exit(void)
{
	if (getpid() != test_pid)
		++*exits;
}

static void
count_exits(void)
{
	exits = mmap(NULL, sizeof *exits, PROT_READ | PROT_WRITE,
	             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	test_pid = getpid();
	if (exits == MAP_FAILED || atexit(at_exit) != 0)
		fail_test("The test could not be set up: %s.", strerror(errno));
}

UNIT(3_02, child_ends_with_underscore_exit, 1,
     "The child ends with _exit(): what the main process has noted for its own "
     "end is not done by a worker.")
{
	count_exits();
	int fd = start_worker();
	pid_t pid = job.table->workers[1].pid;
	sockets_wait(fd, POLLIN);
	kill(pid, SIGTERM);
	WAIT_UNTIL(!pool_is_running(pid),
	           "The worker was told to stop (SIGTERM), and goes on.");
	if (*exits != 0)
		fail_test("The worker was told to stop (SIGTERM), and called "
		          "exit(). That runs what the main process has given "
		          "to atexit(), and writes out what it has printed "
		          "and not flushed yet: fork() has copied both. "
		          "_exit() does neither.");
}

/* Asked one by one: /proc is closed to who has just changed his user. */
static size_t
open_fds(void)
{
	size_t count = 0;

	for (int fd = 0; fd < POOL_FDS; fd++)
		count += descriptors_is_open(fd);
	return count;
}

static void
expect_start_fails(int error, size_t fds, const char *story)
{
	const struct worker *worker = &job.table->workers[1];
	const struct worker before = *worker;
	pid_t self = getpid();

	errno = 0;
	watchdog(story);
	int fd = worker_start(&job.table->workers[1], &job);
	int seen = errno;
	if (getpid() != self)
		_exit(99);
	watchdog(NULL);
	if (fd != -1 || seen != error)
		fail_test("%s worker_start() returned %d, and errno says: %s. "
		          "It should have returned -1, with errno: %s.",
		          story, fd, strerror(seen), strerror(error));
	if (worker->pid != before.pid || worker->status != before.status ||
	    worker->starts != before.starts)
		fail_test("%s worker_start() returned -1, and noted a worker "
		          "with pid %d. There is none: nothing should have "
		          "changed.",
		          story, (int)worker->pid);
	if (open_fds() != fds)
		fail_test("%s worker_start() returned -1. Before that %zu "
		          "descriptors were open, and now %zu are: what it "
		          "had opened it should have closed.",
		          story, fds, open_fds());
}

UNIT(3_02, start_says_why_not, 2,
     "When there is no descriptor or no process left, worker_start() returns "
     "-1 and nothing has changed.")
{
	const struct rlimit none = {0, 0};

	make_place();
	size_t fds = open_fds();
	struct rlimit before = descriptors_forbid();
	expect_start_fails(EMFILE, fds, "No descriptor was left.");
	descriptors_allow(before);

	/* The limit of processes does not bind root. */
	if (getuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) == -1)
		not_checked("this user may start processes without a limit");
	SOCKETS_CHECK(setrlimit(RLIMIT_NPROC, &none));
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	if (pid > 0)
		not_checked("this user may start processes without a limit");
	expect_start_fails(EAGAIN, fds, "No process can be started any more.");
}

/* ---- 3.3: worker_prepare() ---- */

enum { HIGH_FD = 2000 };

static int ready_ends[2];

/* In a child that has the main process's mask, handlers and descriptors, calls
   worker_prepare() and then `look`, whose answer is returned. */
static int
prepare_and_look(int (*look)(void))
{
	sigset_t blocked;
	int status;

	pool_guard();
	pool_options(&options, 3);
	job = (struct worker_job){
		.options = &options,
		.table = pool_table(3),
		.listen_fd = pool_listen(),
	};
	SOCKETS_CHECK(pipe2(ready_ends, O_CLOEXEC | O_NONBLOCK));
	/* As siblings' pipes would be; in a large pool the numbers are high. */
	SOCKETS_CHECK(dup(job.listen_fd));
	SOCKETS_CHECK(fcntl(job.listen_fd, F_DUPFD, HIGH_FD));
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGCHLD);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGHUP);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	pid_t pid = fork();
	SOCKETS_CHECK(pid);
	if (pid == 0) {
		worker_prepare(&job, ready_ends[1]);
		_exit(look());
	}
	waitpid(pid, &status, 0);
	if (!WIFEXITED(status))
		fail_test(
			"A child called worker_prepare() and died: wait status "
			"0x%x.",
			(unsigned)status);
	if (WEXITSTATUS(status) == 70)
		exit(70);
	return WEXITSTATUS(status);
}

static int
look_at_mask(void)
{
	sigset_t mask;

	sigprocmask(SIG_SETMASK, NULL, &mask);
	if (sigismember(&mask, SIGCHLD) || sigismember(&mask, SIGINT) ||
	    sigismember(&mask, SIGHUP))
		return 1;
	return sigismember(&mask, SIGTERM) ? 0 : 2;
}

UNIT(3_03, mask_of_the_main_process_goes, 2,
     "A worker has not the main process's signal mask; only what it watches "
     "itself is blocked.")
{
	int seen = prepare_and_look(look_at_mask);
	if (seen == 1)
		fail_test("SIGCHLD, SIGINT, SIGHUP and SIGTERM were blocked in "
		          "the main process. After worker_prepare() a signal "
		          "other than SIGTERM and SIGUSR1 is still blocked in "
		          "the worker: fork() copies the mask.");
	if (seen == 2)
		fail_test(
			"After worker_prepare() SIGTERM is not blocked. If it "
			"comes before worker_run() watches for it, it kills "
			"the worker instead of waiting.");
}

static int
look_at_handlers(void)
{
	struct sigaction action;

	sigaction(SIGINT, NULL, &action);
	if (action.sa_handler != SIG_IGN)
		return SIGINT;
	sigaction(SIGHUP, NULL, &action);
	return action.sa_handler == SIG_IGN ? 0 : SIGHUP;
}

UNIT(3_03, terminal_signals_are_not_for_workers, 2,
     "A worker ignores SIGINT and SIGHUP, which a terminal sends to all.")
{
	int heard = prepare_and_look(look_at_handlers);
	if (heard != 0)
		fail_test("After worker_prepare() %s is not ignored. Ctrl-C in "
		          "a terminal, or closing it, would reach the workers "
		          "before the main process can stop them kindly.",
		          text_signal(heard));
}

static int
look_at_descriptors(void)
{
	if (fcntl(job.listen_fd, F_GETFD) == -1 ||
	    fcntl(ready_ends[1], F_GETFD) == -1)
		return 1;
	for (int fd = 3; fd < POOL_FDS; fd++)
		if (fd != job.listen_fd && fd != ready_ends[1] &&
		    fcntl(fd, F_GETFD) != -1)
			return 2;
	return fcntl(2, F_GETFD) == -1 ? 3 : 0;
}

UNIT(3_03, only_its_own_descriptors, 2,
     "A worker keeps 0, 1, 2, the listener and its end of the ready pipe, and "
     "no other descriptor.")
{
	switch (prepare_and_look(look_at_descriptors)) {
	case 1:
		fail_test("worker_prepare() closed the listener or the writing "
		          "end of the ready pipe. The worker needs both.");
	case 2:
		fail_test(
			"After worker_prepare() the worker still has a "
			"descriptor of the main process besides 0, 1, 2, the "
			"listener and its end of the ready pipe. (The highest "
			"number in this test was %d.)",
			HIGH_FD);
	case 3:
		fail_test("worker_prepare() closed stderr. 0, 1 and 2 stay.");
	default:
		break;
	}
}

static int
look_at_death_signal(void)
{
	int signal_number = 0;

	prctl(PR_GET_PDEATHSIG, &signal_number);
	return signal_number;
}

UNIT(3_03, orphan_does_not_live, 2,
     "A worker asks to be told when the main process dies, and ends if that "
     "has happened already.")
{
	int status;

	int signal_number = prepare_and_look(look_at_death_signal);
	if (signal_number != SIGKILL)
		fail_test("After worker_prepare() prctl(PR_GET_PDEATHSIG) says "
		          "%d. It should be SIGKILL (9): otherwise workers "
		          "outlive a main process that crashes, and keep its "
		          "port. (SIGTERM would wait for downloads.)",
		          signal_number);
	job.table->main_pid = getpid() + 1; /* somebody else: ours is dead */
	count_exits();
	SOCKETS_CHECK(pipe2(ready_ends, O_CLOEXEC));
	pid_t pid = fork();
	SOCKETS_CHECK(pid);
	if (pid == 0) {
		worker_prepare(&job, ready_ends[1]);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		fail_test(
			"The main process (main_pid in the table) is not this "
			"worker's parent any more: it died before the worker "
			"could ask for a signal. worker_prepare() returned. "
			"It should have compared getppid() and ended.");
	if (*exits != 0)
		fail_test("The main process is dead, and worker_prepare() "
		          "ended the worker with exit(): that does what the "
		          "main process had planned for its own end. _exit() "
		          "does not.");
}

/* ---- 3.4: worker_listen() ---- */

UNIT(3_04, listener_is_shared, 2,
     "A worker's listener is registered as one that others watch too, and "
     "accepts.")
{
	static struct server server;
	static struct stats stats;
	sigset_t watched;
	size_t copies = 0;

	pool_options(&options, 1);
	sigemptyset(&watched);
	server_open(&server, &options, &stats, &watched, NULL);
	int listen_fd = pool_listen();
	watchdog("worker_listen() was called.");
	worker_listen(&server, listen_fd);
	watchdog(NULL);
	if (!server.is_listening)
		fail_test("worker_listen() was called. The server does not "
		          "listen: server_listen() makes it.");
	if (!(server.listener.source.wants & EVENT_EXCLUSIVE))
		fail_test(
			"worker_listen() was called. The listener's source "
			"does not want EVENT_EXCLUSIVE, so a new client wakes "
			"every worker. is_shared must be set before "
			"server_listen().");
	char *socket = proc_fd_target(getpid(), listen_fd);
	for (int fd = 0; fd < POOL_FDS && socket != NULL; fd++) {
		char *target = proc_fd_target(getpid(), fd);
		if (target != NULL && strcmp(target, socket) == 0)
			copies++;
	}
	if (copies != 1)
		fail_test("worker_listen() was called, and now this process "
		          "has %zu descriptors of the listening socket. When "
		          "the server stops it closes the one of its "
		          "listener; the others would keep the socket open.",
		          copies);
}
