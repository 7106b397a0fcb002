/*
 * stage3_supervisor.c - exercises 3.5 to 3.8: the pool of workers.
 *
 * The workers are real: supervisor_open() forks them. The loop is turned by the
 * test.
 */
#include "descriptors.h"
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
	           "%d workers were wanted. %zu are ready and %zu starting; "
	           "supervisor_balance() says how many are started.",
	           WORKERS, count_status(WORKER_READY),
	           count_status(WORKER_STARTING));
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
	for (size_t i = 1; i <= WORKERS; i++) {
		/* As if its byte had come. */
		seat_with(WORKER_STARTING)->worker->status = WORKER_READY;
		balance("Another new worker got ready.");
		if (count_status(WORKER_READY) != WORKERS ||
		    count_status(WORKER_DRAINING) != i)
			fail_test("%d new workers were started in place of %d "
			          "old ones. When %zu of the new ones had got "
			          "ready, %zu workers in all are ready and "
			          "%zu draining. It should be %d and %zu: for "
			          "each new one that is ready, one old one "
			          "drains.",
			          WORKERS, WORKERS, i,
			          count_status(WORKER_READY),
			          count_status(WORKER_DRAINING), WORKERS, i);
	}
	if (seat_with(WORKER_DRAINING)->worker->generation ==
	    supervisor.job.table->generation)
		fail_test("All new workers are ready, and one of them is "
		          "draining. The old ones should be.");
}

UNIT(3_05, failing_start_is_no_loop, 1,
     "When a worker cannot be started a backoff begins, and "
     "supervisor_balance() returns.")
{
	open_ready_pool();
	struct worker *worker = seat_with(WORKER_READY)->worker;
	kill_and_wait(worker->pid);
	worker->status = WORKER_DEAD;
	worker->pid = 0;
	int null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	dup2(null_fd, STDERR_FILENO); /* each failure is told there */
	struct rlimit before = descriptors_forbid();
	balance("One worker is dead, and start_worker() fails: no descriptor "
	        "is left. It begins a backoff.");
	descriptors_allow(before);
	if (supervisor.backoff.queue == NULL ||
	    count_status(WORKER_STARTING) != 0)
		fail_test("One worker was dead, and no descriptor left to "
		          "start another one. After supervisor_balance() %zu "
		          "are starting, and the backoff %s.",
		          count_status(WORKER_STARTING),
		          supervisor.backoff.queue == NULL ? "does not run"
		                                           : "runs");
}

UNIT(3_05, no_seat_is_free, 1,
     "When no seat is free nobody is started, until one is.")
{
	open_ready_pool();
	for (int i = 0; i < 2; i++) {
		supervisor.job.table->generation++;
		balance("SIGHUP came twice: the workers of the first "
		        "generation serve, those of the second are starting, "
		        "and those of the third have no free seat.");
	}
	if (count_status(WORKER_READY) != WORKERS ||
	    count_status(WORKER_STARTING) != WORKERS)
		fail_test("SIGHUP came twice, and all seats are taken. %zu "
		          "workers are ready and %zu starting; it should be "
		          "%d of each.",
		          count_status(WORKER_READY),
		          count_status(WORKER_STARTING), WORKERS);
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

UNIT(3_06, all_that_died_are_reaped, 3,
     "One SIGCHLD can stand for many deaths: all are reaped.")
{
	pid_t pids[WORKERS];
	size_t dead = 0;

	pid_t stranger = fork(); /* a child that is no worker */
	if (stranger == 0)
		_exit(0);
	SOCKETS_CHECK(stranger);
	kill_and_wait(stranger);
	open_ready_pool();
	for (int i = 0; i < WORKERS; i++)
		pids[i] = supervisor.job.table->workers[i].pid;
	for (int i = 0; i < WORKERS; i++)
		kill_and_wait(pids[i]);
	reap("All workers had died, and a child that is no worker.");
	for (int i = 0; i < WORKERS; i++)
		if (waitpid(pids[i], NULL, WNOHANG) == -1)
			dead++;
	if (dead != WORKERS)
		fail_test(
			"%d workers had died together, and a child that is "
			"no worker before them. After one call of "
			"supervisor_reap() %zu of the workers are reaped; the "
			"others are zombies, and nobody will call again: "
			"signals of one kind do not queue.",
			WORKERS, dead);
}

UNIT(3_06, the_dead_are_replaced, 2,
     "After supervisor_reap() each that died has been noted, and is replaced.")
{
	open_ready_pool();
	struct worker *worker = seat_with(WORKER_READY)->worker;
	pid_t pid = worker->pid;
	kill_and_wait(pid);
	supervisor.worker_count++; /* one is missing, dead or not */
	reap("One worker had died.");
	for (size_t i = 0; i < supervisor.job.table->count; i++)
		if (supervisor.job.table->workers[i].pid == pid)
			fail_test("A worker had died. supervisor_reap() was "
			          "called, and the table still has its pid: "
			          "supervisor_note_death() is to be called "
			          "for its seat.");
	if (count_status(WORKER_STARTING) + count_status(WORKER_READY) !=
	    supervisor.worker_count)
		fail_test("Of %d workers one had died, and now %zu are wanted. "
		          "After supervisor_reap() %zu are ready and %zu "
		          "starting. When all deaths are noted "
		          "supervisor_balance() sees to it that there are as "
		          "many as there should be.",
		          WORKERS, supervisor.worker_count,
		          count_status(WORKER_READY),
		          count_status(WORKER_STARTING));
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
	watchdog("supervisor_note_death() was called; on_worker_end is NULL.");
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

static bool end_was_heard;
static int end_fd;
static pid_t end_pid;

static void
on_worker_end_noted(struct supervisor *owner, struct seat *seat)
{
	(void)owner;
	end_was_heard = true;
	end_fd = fcntl(seat->news.fd, F_GETFD) == -1 ? -1 : seat->news.fd;
	end_pid = seat->worker->pid;
}

UNIT(3_07, others_hear_of_the_death, 1,
     "on_worker_end() is called while all that belongs to the worker is still "
     "there.")
{
	open_ready_pool();
	supervisor.on_worker_end = on_worker_end_noted;
	struct seat *seat = seat_with(WORKER_READY);
	int fd = seat->news.fd;
	pid_t pid = seat->worker->pid;
	kill_and_wait(pid);
	watchdog("supervisor_note_death() was called.");
	supervisor_note_death(&supervisor, seat, SIGKILL);
	watchdog(NULL);
	if (!end_was_heard)
		fail_test("A worker had died. on_worker_end() was set, and "
		          "supervisor_note_death() has not called it.");
	if (end_fd != fd || end_pid != pid)
		fail_test("A worker had died. When supervisor_note_death() "
		          "called on_worker_end(), the seat had pid %d, and "
		          "its news.fd was %s. The pid should still be %d, "
		          "and descriptor %d open: stage 4 reads there what "
		          "the worker said last.",
		          (int)end_pid, end_fd == -1 ? "closed" : "open",
		          (int)pid, fd);
}

/* As if a process that somebody forks had a copy of the descriptor. */
static void
expect_no_ghost(struct seat *seat)
{
	SOCKETS_CHECK(dup(seat->news.fd));
	kill_and_wait(seat->worker->pid);
	watchdog("A worker had died. supervisor_note_death() was called.");
	supervisor_note_death(&supervisor, seat, SIGKILL);
	loop_wait(supervisor.loop, 0);
	watchdog(NULL);
	if (seat->news.ready != 0)
		fail_test("A worker had died, and a copy of the descriptor on "
		          "which one heard of it is still open elsewhere. "
		          "After supervisor_note_death() loop_wait() still "
		          "tells of the dead one: close() does not end the "
		          "kernel's interest then, loop_remove() does, as "
		          "long as the descriptor is open.");
}

UNIT(3_07, source_of_the_dead_is_gone, 1,
     "The dead worker's source leaves the loop, in the midst of a batch too; "
     "and a seat may have none.")
{
	open_ready_pool();
	struct seat *seat = seat_with(WORKER_READY);
	kill_and_wait(seat->worker->pid);
	WAIT_UNTIL((loop_wait(supervisor.loop, 10),
	            !list_is_empty(&seat->news.link)),
	           "A worker was killed. Its descriptor does not say so.");
	const struct list *link = &seat->news.link;
	const struct list *neighbour = link->next; /* the list's head, or so */
	watchdog("supervisor_note_death() was called for a worker whose "
	         "source is in the loop's ready list.");
	supervisor_note_death(&supervisor, seat, SIGKILL);
	watchdog(NULL);
	if (neighbour->previous == link)
		fail_test("A worker had died, and its source had news (the "
		          "end) in the same batch. After "
		          "supervisor_note_death() it is still in the loop's "
		          "ready list: loop_remove() takes it out, close() "
		          "does not. The seat's next worker would be put "
		          "into a torn list.");
	seat = seat_with(WORKER_READY);
	loop_remove(supervisor.loop, &seat->news);
	close(seat->news.fd);
	seat->news = (struct event_source){.fd = -1};
	kill_and_wait(seat->worker->pid);
	watchdog("supervisor_note_death() was called for a worker that could "
	         "not be watched: its news.fd is -1, and it is in no loop.");
	supervisor_note_death(&supervisor, seat, SIGKILL);
	watchdog(NULL);
	expect_no_ghost(seat_with(WORKER_READY));
}

UNIT(3_07, young_death_begins_a_backoff, 2,
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

static size_t stops_heard;

static void
on_stop_noted(struct supervisor *owner)
{
	(void)owner;
	stops_heard++;
}

/* Workers that are stopped (SIGSTOP) cannot end, and keep what they were sent:
   only SIGKILL works. */
static void
stop_workers(void)
{
	for (int i = 0; i < WORKERS; i++)
		proc_stop(supervisor.job.table->workers[i].pid);
}

static void
stop(const char *story)
{
	watchdog(text_print("%s supervisor_stop() was called and did not "
	                    "return. It should not wait for the workers: "
	                    "supervisor_run() does.",
	                    story));
	supervisor_stop(&supervisor);
	watchdog(NULL);
}

UNIT(3_08, stop_tells_and_does_not_wait, 2,
     "supervisor_stop() closes the listener, tells all workers, sets a "
     "deadline, and returns.")
{
	open_ready_pool();
	int listen_fd = supervisor.job.listen_fd;
	supervisor.on_stop = on_stop_noted;
	stop_workers();
	stop("The workers were stopped, as if they hung.");
	if (!supervisor.is_stopping)
		fail_test("After supervisor_stop() is_stopping is false: for "
		          "each worker that ends a new one would be started.");
	if (stops_heard != 1)
		fail_test("on_stop() was set, and supervisor_stop() called it "
		          "%zu times. It should have called it once.",
		          stops_heard);
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
		if (pid == 0 || !pool_is_running(pid))
			fail_test("supervisor_stop() has killed a worker. It "
			          "should only tell it (SIGTERM), so that it "
			          "can finish its answers.");
		if (!proc_signal_is(pid, "ShdPnd", SIGTERM))
			fail_test("supervisor_stop() was called. Worker %d, "
			          "one of %d, has not got SIGTERM.",
			          (int)pid, WORKERS);
	}
}

UNIT(3_08, second_stop_kills, 1,
     "The second time supervisor_stop() kills the workers, and does nothing "
     "else again.")
{
	open_ready_pool();
	int listen_fd = supervisor.job.listen_fd;
	stop_workers();
	stop("The workers were stopped, as if they hung.");
	/* Now somebody else gets the listener's number. */
	SOCKETS_CHECK(dup2(STDERR_FILENO, listen_fd));
	stop("The workers were stopped, and supervisor_stop() called before.");
	for (int i = 0; i < WORKERS; i++) {
		pid_t pid = supervisor.job.table->workers[i].pid;
		WAIT_UNTIL(!pool_is_running(pid),
		           "supervisor_stop() was called a second time. Worker "
		           "%d, which hangs, goes on: it should have got "
		           "SIGKILL.",
		           (int)pid);
	}
	if (fcntl(listen_fd, F_GETFD) == -1)
		fail_test("supervisor_stop() was called twice. The second time "
		          "it closed the listener's descriptor, %d, again: "
		          "that number belonged to something else by then.",
		          listen_fd);
}
