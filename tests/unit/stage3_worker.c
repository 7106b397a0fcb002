/*
 * stage3_worker.c - exercises 3.1 to 3.4: one worker, from both sides.
 */
#define _GNU_SOURCE
#include "harness/proc.h"
#include "server.h"
#include "stage3_pool.h"
#include "watchdog.h"

#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
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

UNIT(3_01, table_has_room_for_all, 2,
     "The table is as long as it was asked for, down to the last byte of the "
     "last place.")
{
	for (size_t count = 1; count <= 300; count += 13) {
		struct worker_table *table = pool_table(count);
		watchdog(
			text_print("worker_table_new(%zu) was called, and each "
		                   "place written to. There was no memory "
		                   "behind some of it.",
		                   count));
		for (size_t i = 0; i < count; i++)
			memset(&table->workers[i], 0x5a,
			       sizeof table->workers[i]);
		watchdog(NULL);
		if (table->count != count)
			fail_test(
				"worker_table_new(%zu): writing to its places "
				"changed its count to %zu.",
				count, table->count);
		worker_table_free(table);
	}
}

/* ---- 3.2: worker_start() ---- */

static struct options options;
static struct worker_job job;

/* Starts the worker in place 1 of a table of 3. */
static int
start_worker(void)
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
	pid_t self = getpid();
	int fd = worker_start(&job.table->workers[1], &job);
	if (getpid() != self)
		_exit(99); /* the child has come back into our code */
	if (fd == -1)
		fail_test("worker_start() returned -1 (%s).", strerror(errno));
	return fd;
}

UNIT(3_02, started_worker_says_it_is_ready, 3,
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
}

UNIT(3_02, started_worker_is_noted, 2, "The table says who the new worker is.")
{
	int fd = start_worker();
	const struct worker *worker = &job.table->workers[1];

	(void)fd;
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
	if (!WAIT_FOR(read(fd, bytes, sizeof bytes) == 0))
		fail_test(
			"A worker was killed. read() from the descriptor that "
			"worker_start() had returned should say 0, the end. "
			"It says %s: the main process still holds the "
			"worker's end itself.",
			strerror(errno));
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

/* ---- 3.3: worker_prepare() ---- */

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
	int other = dup(job.listen_fd); /* as a sibling's pipe would be */
	SOCKETS_CHECK(other);
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
		return 1;
	sigaction(SIGHUP, NULL, &action);
	return action.sa_handler == SIG_IGN ? 0 : 1;
}

UNIT(3_03, terminal_signals_are_not_for_workers, 2,
     "A worker ignores SIGINT and SIGHUP, which a terminal sends to all.")
{
	if (prepare_and_look(look_at_handlers) != 0)
		fail_test("After worker_prepare() SIGINT or SIGHUP is not "
		          "ignored. Ctrl-C in a terminal would reach the "
		          "workers before the main process can stop them "
		          "kindly.");
}

static int
look_at_descriptors(void)
{
	if (fcntl(job.listen_fd, F_GETFD) == -1 ||
	    fcntl(ready_ends[1], F_GETFD) == -1)
		return 1;
	for (int fd = 3; fd < 1024; fd++)
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
			"After worker_prepare() the worker has a descriptor of "
			"the main process besides 0, 1, 2, the listener and "
			"its end of the ready pipe.");
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
	if (signal_number != SIGKILL && signal_number != SIGTERM)
		fail_test("After worker_prepare() prctl(PR_GET_PDEATHSIG) says "
		          "%d. It should be SIGKILL (9): otherwise workers "
		          "outlive a main process that crashes, and keep its "
		          "port.",
		          signal_number);
	job.table->main_pid = getpid() + 1; /* somebody else: ours is dead */
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
}

/* ---- 3.4: worker_listen() ---- */

UNIT(3_04, listener_is_shared, 2,
     "A worker's listener is registered as one that others watch too, and "
     "accepts.")
{
	static struct server server;
	static struct stats stats;
	sigset_t watched;

	pool_options(&options, 1);
	sigemptyset(&watched);
	server_open(&server, &options, &stats, &watched, NULL);
	worker_listen(&server, pool_listen());
	if (!server.is_listening)
		fail_test("worker_listen() was called. The server does not "
		          "listen: server_listen() makes it.");
	if (!(server.listener.source.wants & EVENT_EXCLUSIVE))
		fail_test(
			"worker_listen() was called. The listener's source "
			"does not want EVENT_EXCLUSIVE, so a new client wakes "
			"every worker. is_shared must be set before "
			"server_listen().");
}
