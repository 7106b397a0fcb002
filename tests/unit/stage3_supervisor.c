/*
 * stage3_supervisor.c - exercises 3.5 to 3.8: the pool of workers.
 *
 * The workers are real: supervisor_open() forks them. The loop is turned by the
 * test.
 */
#include "harness/proc.h"
#include "stage3_pool.h"
#include "supervisor.h"
#include "watchdog.h"

#include <stdint.h>

enum { WORKERS = 3 };

static struct options options;
static struct supervisor supervisor;

static size_t
count_status(enum worker_status status)
{
	size_t count = 0;

	for (size_t i = 0; i < supervisor.job.table->count; i++)
		if (supervisor.job.table->workers[i].status == status)
			count++;
	return count;
}

/* One turn of the loop, without signals. */
static void
turn(void)
{
	loop_wait(supervisor.loop, 10);
	loop_dispatch(supervisor.loop);
}

static bool
turn_until(enum worker_status status, size_t count)
{
	turn();
	return count_status(status) == count;
}

static void
open_pool(void)
{
	pool_guard();
	pool_options(&options, WORKERS);
	watchdog("supervisor_open() was called; it calls supervisor_balance(), "
	         "which did not return.");
	supervisor_open(&supervisor, &options, pool_listen());
	watchdog(NULL);
}

static void
open_ready_pool(void)
{
	open_pool();
	WAIT_UNTIL(turn_until(WORKER_READY, WORKERS),
	           "%d workers were started; %zu of them got ready.", WORKERS,
	           count_status(WORKER_READY));
}

static struct seat *
seat_with(enum worker_status status)
{
	for (size_t i = 0; i < supervisor.job.table->count; i++)
		if (supervisor.seats[i].worker->status == status)
			return &supervisor.seats[i];
	return NULL;
}

static void
kill_and_wait(pid_t pid)
{
	siginfo_t info;

	kill(pid, SIGKILL);
	SOCKETS_CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT));
}

static void
balance(const char *story)
{
	watchdog(text_print("%s supervisor_balance() was called and did not "
	                    "return.",
	                    story));
	supervisor_balance(&supervisor);
	watchdog(NULL);
}

/* ---- 3.5: supervisor_balance() ---- */

UNIT(3_05, as_many_as_were_asked_for, 2,
     "Workers are started until there are as many as there should be, and no "
     "more.")
{
	open_pool();
	if (count_status(WORKER_STARTING) != WORKERS)
		fail_test("%d workers should serve, and there was none. After "
		          "supervisor_balance() %zu are starting.",
		          WORKERS, count_status(WORKER_STARTING));
	balance("All workers are starting.");
	WAIT_UNTIL(turn_until(WORKER_READY, WORKERS),
	           "%d workers were started; %zu got ready.", WORKERS,
	           count_status(WORKER_READY));
	balance("All workers are ready.");
	if (count_status(WORKER_READY) != WORKERS ||
	    count_status(WORKER_STARTING) != 0)
		fail_test(
			"All %d workers were ready. After "
			"supervisor_balance() %zu are ready and %zu starting; "
			"there was nothing to do.",
			WORKERS, count_status(WORKER_READY),
			count_status(WORKER_STARTING));
}

UNIT(3_05, nobody_is_started_in_a_backoff, 2,
     "While the backoff runs, or the server stops, nobody is started.")
{
	open_ready_pool();
	struct worker *worker = seat_with(WORKER_READY)->worker;
	kill_and_wait(worker->pid);
	worker->status = WORKER_DEAD;
	worker->pid = 0;
	timers_start(&supervisor.backoffs, &supervisor.backoff,
	             timers_now_ms());
	balance("One worker is dead, and the backoff timer runs.");
	if (count_status(WORKER_STARTING) != 0)
		fail_test("One of %d workers was dead, and the backoff timer "
		          "ran. supervisor_balance() started one all the same.",
		          WORKERS);
	timers_stop(&supervisor.backoff);
	supervisor.is_stopping = true;
	balance("One worker is dead, and the server is stopping.");
	if (count_status(WORKER_STARTING) != 0)
		fail_test("One of %d workers was dead, and the server was "
		          "stopping. supervisor_balance() started one.",
		          WORKERS);
	supervisor.is_stopping = false;
	balance("One worker is dead.");
	if (count_status(WORKER_STARTING) != 1)
		fail_test("One of %d workers was dead. After "
		          "supervisor_balance() %zu are starting; one should "
		          "be.",
		          WORKERS, count_status(WORKER_STARTING));
}

UNIT(3_05, old_ones_serve_until_new_ones_do, 2,
     "In a new generation all are replaced, and never do fewer serve than "
     "should.")
{
	open_ready_pool();
	supervisor.job.table->generation++;
	balance("A new generation began.");
	if (count_status(WORKER_STARTING) != WORKERS ||
	    count_status(WORKER_READY) != WORKERS)
		fail_test(
			"%d workers were ready when a new generation began. "
			"After supervisor_balance() %zu are starting and %zu "
			"ready. %d should be starting, and the old ones still "
			"ready.",
			WORKERS, count_status(WORKER_STARTING),
			count_status(WORKER_READY), WORKERS);
	for (int i = 0; i < 1000 && count_status(WORKER_STARTING) > 0; i++) {
		turn();
		if (count_status(WORKER_READY) < WORKERS)
			fail_test("In the middle of a replacement %zu workers "
			          "are ready; there should be %d at any time.",
			          count_status(WORKER_READY), WORKERS);
	}
	if (count_status(WORKER_READY) != WORKERS ||
	    count_status(WORKER_DRAINING) != WORKERS)
		fail_test(
			"%d new workers were started in place of %d old ones. "
			"When all were ready, %zu are ready and %zu draining; "
			"the old ones should be draining.",
			WORKERS, WORKERS, count_status(WORKER_READY),
			count_status(WORKER_DRAINING));
}

/* ---- 3.6: supervisor_reap() ---- */

static void
reap(const char *story)
{
	watchdog(text_print("%s supervisor_reap() was called and did not "
	                    "return.",
	                    story));
	supervisor_reap(&supervisor);
	watchdog(NULL);
}

UNIT(3_06, all_that_died_are_reaped, 4,
     "One SIGCHLD can stand for many deaths: all are reaped.")
{
	pid_t pids[WORKERS];
	size_t dead = 0;

	open_ready_pool();
	for (int i = 0; i < WORKERS; i++)
		pids[i] = supervisor.job.table->workers[i].pid;
	for (int i = 0; i < WORKERS; i++)
		kill_and_wait(pids[i]);
	reap("All workers had died.");
	for (int i = 0; i < WORKERS; i++)
		if (waitpid(pids[i], NULL, WNOHANG) == -1)
			dead++;
	if (dead != WORKERS)
		fail_test(
			"%d workers had died together. After one call of "
			"supervisor_reap() %zu of them are reaped; the others "
			"are zombies, and nobody will call again: signals of "
			"one kind do not queue.",
			WORKERS, dead);
}

UNIT(3_06, reaping_nobody_is_no_work, 1,
     "When nobody has died, supervisor_reap() returns at once.")
{
	open_ready_pool();
	reap("All workers live.");
	if (count_status(WORKER_READY) != WORKERS)
		fail_test(
			"All workers lived. After supervisor_reap() %zu of %d "
			"are ready.",
			count_status(WORKER_READY), WORKERS);
}

/* ---- 3.7: supervisor_note_death() ---- */

UNIT(3_07, place_of_the_dead_is_free, 2,
     "After a death the place is free, and what was opened for the worker is "
     "closed.")
{
	open_ready_pool();
	struct seat *seat = seat_with(WORKER_READY);
	int fd = seat->news.fd;
	kill_and_wait(seat->worker->pid);
	watchdog("supervisor_note_death() was called.");
	supervisor_note_death(&supervisor, seat, SIGKILL);
	watchdog(NULL);
	if (seat->worker->pid != 0 || seat->worker->status != WORKER_DEAD)
		fail_test(
			"A worker had died. After supervisor_note_death() its "
			"place has pid %d and status %d. They should be 0 and "
			"WORKER_DEAD (4).",
			(int)seat->worker->pid, (int)seat->worker->status);
	if (fcntl(fd, F_GETFD) != -1)
		fail_test(
			"A worker had died. After supervisor_note_death() the "
			"main process's descriptor %d, on which it heard of "
			"the worker, is still open: each death would cost "
			"one.",
			fd);
	if (seat->news.fd != -1)
		fail_test(
			"A worker had died, and its descriptor %d was closed. "
			"news.fd is still %d; it should be -1, or it is "
			"closed again when the number belongs to something "
			"else.",
			fd, seat->news.fd);
}

UNIT(3_07, young_death_begins_a_backoff, 3,
     "Who dies before it was ready would die again: a backoff begins. After "
     "the "
     "death of one that served none does.")
{
	open_ready_pool();
	struct seat *seat = seat_with(WORKER_READY);
	kill_and_wait(seat->worker->pid);
	supervisor_note_death(&supervisor, seat, SIGKILL);
	if (supervisor.backoff.queue != NULL)
		fail_test("A worker that was WORKER_READY died. "
		          "supervisor_note_death() began a backoff; it should "
		          "be replaced at once.");
	seat = seat_with(WORKER_READY);
	seat->worker->status = WORKER_STARTING;
	kill_and_wait(seat->worker->pid);
	supervisor_note_death(&supervisor, seat, SIGKILL);
	if (supervisor.backoff.queue == NULL)
		fail_test("A worker that was still WORKER_STARTING died. "
		          "supervisor_note_death() began no backoff: the next "
		          "one would be forked at once, and die, and so on.");
}

/* ---- 3.8: supervisor_stop() ---- */

UNIT(3_08, stop_tells_and_does_not_wait, 2,
     "supervisor_stop() closes the listener, tells all workers, sets a "
     "deadline, and returns.")
{
	open_ready_pool();
	int listen_fd = supervisor.job.listen_fd;
	watchdog("supervisor_stop() was called and did not return. It should "
	         "not wait for the workers: supervisor_run() does.");
	supervisor_stop(&supervisor);
	watchdog(NULL);
	if (!supervisor.is_stopping)
		fail_test("After supervisor_stop() is_stopping is false.");
	if (fcntl(listen_fd, F_GETFD) != -1)
		fail_test(
			"After supervisor_stop() the main process still has "
			"the listener open: new clients still get connected.");
	if (supervisor.stop_timer.queue == NULL)
		fail_test(
			"After supervisor_stop() the stop_timer does not run: "
			"a worker that never ends would never be killed.");
	for (int i = 0; i < WORKERS; i++) {
		pid_t pid = supervisor.job.table->workers[i].pid;
		WAIT_UNTIL(!pool_is_running(pid),
		           "After supervisor_stop() worker %d goes on. It "
		           "should have got SIGTERM.",
		           (int)pid);
	}
}
