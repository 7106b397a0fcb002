/*
 * supervisor.c - looks after the workers.
 */
#include "supervisor.h"

#include "web/log.h"

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static bool
is_current(const struct supervisor *supervisor, const struct worker *worker)
{
	return worker->generation == supervisor->job.table->generation;
}

/* How many workers have this status; of the present generation, or of those
   before it. */
static size_t
count_workers(const struct supervisor *supervisor, enum worker_status status,
              bool current)
{
	const struct worker_table *table = supervisor->job.table;
	size_t count = 0;

	for (size_t i = 0; i < table->count; i++) {
		const struct worker *worker = &table->workers[i];
		if (worker->status == status &&
		    is_current(supervisor, worker) == current)
			count++;
	}
	return count;
}

/* The worker says that it is ready; or has ended, and SIGCHLD sees to it. */
static void
on_news(struct event_source *source)
{
	struct seat *seat = LIST_ITEM(source, struct seat, news);
	struct supervisor *supervisor = seat->supervisor;
	ssize_t got;
	char byte;

	do
		got = read(source->fd, &byte, 1);
	while (got == -1 && errno == EINTR);
	source->ready &= ~EVENT_READ;
	if (got != 1 || seat->worker->status != WORKER_STARTING)
		return;
	seat->worker->status = WORKER_READY;
	if (supervisor->on_worker_ready != NULL)
		supervisor->on_worker_ready(supervisor, seat);
	supervisor_balance(supervisor);
	if (!supervisor->is_stopping && !supervisor->has_announced &&
	    count_workers(supervisor, WORKER_READY, true) ==
	            supervisor->worker_count) {
		supervisor->has_announced = true;
		if (supervisor->on_open != NULL)
			supervisor->on_open(supervisor);
	}
}

static void
on_backoff_end(struct timer *timer)
{
	supervisor_balance(LIST_ITEM(timer, struct supervisor, backoff));
}

static void
on_stop_timeout(struct timer *timer)
{
	supervisor_signal_all(LIST_ITEM(timer, struct supervisor, stop_timer),
	                      SIGKILL);
}

/* A place that nobody has. */
static struct seat *
find_free_seat(struct supervisor *supervisor)
{
	for (size_t i = 0; i < supervisor->job.table->count; i++) {
		struct seat *seat = &supervisor->seats[i];
		if (seat->worker->pid == 0)
			return seat;
	}
	return NULL;
}

static void
begin_backoff(struct supervisor *supervisor)
{
	timers_start(&supervisor->backoffs, &supervisor->backoff,
	             timers_now_ms());
}

static void
start_worker(struct supervisor *supervisor, struct seat *seat)
{
	int fd = worker_start(seat->worker, &supervisor->job);
	if (fd == -1) {
		warn("cannot start a worker; trying again");
		begin_backoff(supervisor);
		return;
	}
	seat->worker->generation = supervisor->job.table->generation;
	seat->news = (struct event_source){
		.fd = fd,
		.wants = EVENT_READ,
		.on_event = on_news,
	};
	if (loop_add(supervisor->loop, &seat->news) == -1) {
		warn("cannot watch worker %d", (int)seat->worker->pid);
		close(fd);
		seat->news.fd = -1;
		kill(seat->worker->pid, SIGKILL); /* and so it is not ready */
	}
}

/* Tells a worker of an earlier generation to finish. */
static void
drain_old_worker(struct supervisor *supervisor)
{
	for (size_t i = 0; i < supervisor->job.table->count; i++) {
		struct seat *seat = &supervisor->seats[i];
		if (seat->worker->status != WORKER_READY ||
		    is_current(supervisor, seat->worker))
			continue;
		seat->worker->status = WORKER_DRAINING;
		worker_drain(seat->worker, seat->news.fd);
		return;
	}
}

static void
open_table(struct supervisor *supervisor, size_t worker_count)
{
	size_t count = 2 * worker_count;

	struct worker_table *table = worker_table_new(count);
	supervisor->seats = calloc(count, sizeof *supervisor->seats);
	if (table == NULL || supervisor->seats == NULL)
		err(1, "cannot make room for %zu workers", worker_count);
	for (size_t i = 0; i < count; i++)
		supervisor->seats[i] = (struct seat){
			.supervisor = supervisor,
			.worker = &table->workers[i],
			.news.fd = -1,
		};
	supervisor->job.table = table;
	supervisor->worker_count = worker_count;
}

static void
open_loop(struct supervisor *supervisor)
{
	sigset_t watched;

	supervisor->loop = loop_open();
	if (supervisor->loop == NULL)
		err(1, "cannot make the event loop");
	sigemptyset(&watched);
	sigaddset(&watched, SIGCHLD);
	sigaddset(&watched, SIGHUP);
	sigaddset(&watched, SIGINT);
	sigaddset(&watched, SIGTERM);
	/* exec() keeps what is ignored. With SIGCHLD ignored the kernel reaps
	   by itself, and nobody learns of a death: waitpid(2), NOTES. */
	signal(SIGCHLD, SIG_DFL);
	if (signals_open(&supervisor->signals, supervisor->loop, &watched) ==
	    -1)
		err(1, "cannot watch signals");
	timers_init(&supervisor->timers);
	timers_add_queue(&supervisor->timers, &supervisor->backoffs,
	                 SUPERVISOR_BACKOFF_MS);
	timers_add_queue(&supervisor->timers, &supervisor->stop_timeouts,
	                 SUPERVISOR_STOP_MS);
	timers_prepare(&supervisor->backoff, on_backoff_end);
	timers_prepare(&supervisor->stop_timer, on_stop_timeout);
}

void
supervisor_open(struct supervisor *supervisor, const struct options *options,
                int listen_fd)
{
	supervisor->job.options = options;
	supervisor->job.listen_fd = listen_fd;
	open_table(supervisor, (size_t)options->workers);
	open_loop(supervisor);
	supervisor_balance(supervisor);
}

static void
on_signal(struct supervisor *supervisor, int signal_number)
{
	switch (signal_number) {
	case SIGCHLD:
		supervisor_reap(supervisor);
		break;
	case SIGHUP:
		supervisor->job.table->generation++;
		supervisor_balance(supervisor);
		break;
	default: /* SIGTERM, SIGINT */
		supervisor_stop(supervisor);
		break;
	}
}

static bool
has_workers(const struct supervisor *supervisor)
{
	for (size_t i = 0; i < supervisor->job.table->count; i++)
		if (supervisor->job.table->workers[i].pid != 0)
			return true;
	return false;
}

void
supervisor_run(struct supervisor *supervisor)
{
	while (!supervisor->is_stopping || has_workers(supervisor)) {
		int timeout_ms =
			timers_wait_ms(&supervisor->timers, timers_now_ms());
		if (loop_wait(supervisor->loop, timeout_ms) == -1)
			err(1, "cannot wait for events");
		loop_dispatch(supervisor->loop);
		timers_expire(&supervisor->timers, timers_now_ms());

		int signal_number;
		while ((signal_number = signals_next(&supervisor->signals)) !=
		       0)
			on_signal(supervisor, signal_number);
	}
}

void
supervisor_close(struct supervisor *supervisor)
{
	signals_close(&supervisor->signals);
	loop_close(supervisor->loop);
	worker_table_free(supervisor->job.table);
	free(supervisor->seats);
}

/*
 * Exercise 3.5 - As many as there should be.
 *
 * Nothing is done while the supervisor is stopping.
 *
 * Unless the backoff timer runs: as long as fewer than worker_count workers of
 * the present generation are starting or ready, and there is a free seat,
 * start_worker() (which may begin a backoff: look again each time).
 *
 * Then: as long as more than worker_count workers are ready, of this generation
 * and earlier ones together, and one of them is of an earlier one,
 * drain_old_worker(). So the number of those that serve never falls below what
 * it should be.
 */
void
supervisor_balance(struct supervisor *supervisor)
{
	const size_t wanted = supervisor->worker_count;

	if (supervisor->is_stopping)
		return;
	while (supervisor->backoff.queue == NULL &&
	       count_workers(supervisor, WORKER_STARTING, true) +
	                       count_workers(supervisor, WORKER_READY, true) <
	               wanted) {
		struct seat *seat = find_free_seat(supervisor);
		if (seat == NULL)
			break;
		start_worker(supervisor, seat);
	}

	size_t new_ready = count_workers(supervisor, WORKER_READY, true);
	size_t old_ready = count_workers(supervisor, WORKER_READY, false);
	while (old_ready > 0 && new_ready + old_ready > wanted) {
		drain_old_worker(supervisor);
		old_ready--;
	}
}

/*
 * Exercise 3.6 - Reap.
 *
 * Signals of one kind do not queue: when three workers die together, one
 * SIGCHLD comes. So waitpid(2) for any child, with WNOHANG, again and again: as
 * long as it returns a pid, supervisor_note_death() for that worker's seat (a
 * pid that is in no seat is not ours to note). 0: the others live. -1: there
 * are none left (ECHILD); EINTR: again. Then supervisor_balance(): they are
 * missed.
 */
void
supervisor_reap(struct supervisor *supervisor)
{
	for (;;) {
		int wait_status;
		pid_t pid = waitpid(-1, &wait_status, WNOHANG);
		if (pid == -1 && errno == EINTR)
			continue;
		if (pid <= 0)
			break;
		for (size_t i = 0; i < supervisor->job.table->count; i++) {
			struct seat *seat = &supervisor->seats[i];
			if (seat->worker->pid == pid)
				supervisor_note_death(supervisor, seat,
				                      wait_status);
		}
	}
	supervisor_balance(supervisor);
}

static void
report_death(const struct worker *worker, int wait_status)
{
	if (WIFSIGNALED(wait_status))
		warnx("worker %d: killed by signal %d (%s)", (int)worker->pid,
		      WTERMSIG(wait_status), strsignal(WTERMSIG(wait_status)));
	else if (WEXITSTATUS(wait_status) != 0)
		warnx("worker %d: exit status %d", (int)worker->pid,
		      WEXITSTATUS(wait_status));
}

/*
 * Exercise 3.7 - After a death.
 *
 * First report_death(), and on_worker_end() if there is one.
 *
 * What was opened for the worker is closed: its source leaves the loop, then
 * its descriptor is closed (news.fd; -1 if there is none, and from now on), or
 * each death would cost the main process one. Its place becomes free: no pid,
 * WORKER_DEAD.
 *
 * If it was still WORKER_STARTING: begin_backoff().
 *
 * Until written: seat->worker->pid = 0;
 */
void
supervisor_note_death(struct supervisor *supervisor, struct seat *seat,
                      int wait_status)
{
	struct worker *worker = seat->worker;

	report_death(worker, wait_status);
	if (supervisor->on_worker_end != NULL)
		supervisor->on_worker_end(supervisor, seat);
	if (seat->news.fd != -1) {
		loop_remove(supervisor->loop, &seat->news);
		close(seat->news.fd);
		seat->news.fd = -1;
	}
	if (worker->status == WORKER_STARTING)
		begin_backoff(supervisor);
	worker->status = WORKER_DEAD;
	worker->pid = 0;
}

void
supervisor_signal_all(struct supervisor *supervisor, int signal_number)
{
	for (size_t i = 0; i < supervisor->job.table->count; i++) {
		pid_t pid = supervisor->job.table->workers[i].pid;
		if (pid != 0)
			kill(pid, signal_number);
	}
}

/*
 * Exercise 3.8 - Stop.
 *
 * The first time: from now on is_stopping; the stop_timer starts in
 * stop_timeouts: at its end those that are still there are killed. Calls
 * on_stop(), if there is one. Closes the listener: each worker closes its own
 * copy, and a listening socket lives until the last is closed. Sends all
 * workers SIGTERM. The second time: SIGKILL to all.
 *
 * It does not wait here: supervisor_run() returns when the last is reaped.
 */
void
supervisor_stop(struct supervisor *supervisor)
{
	if (supervisor->is_stopping) {
		supervisor_signal_all(supervisor, SIGKILL);
		return;
	}
	supervisor->is_stopping = true;
	timers_start(&supervisor->stop_timeouts, &supervisor->stop_timer,
	             timers_now_ms());
	if (supervisor->on_stop != NULL)
		supervisor->on_stop(supervisor);
	close(supervisor->job.listen_fd);
	supervisor_signal_all(supervisor, SIGTERM);
}
