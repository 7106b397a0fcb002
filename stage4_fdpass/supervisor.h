/*
 * supervisor.h - looks after the workers: starts, reaps, replaces, stops them.
 *
 * It keeps so many workers of the present generation as were asked for.
 * Whatever happens - a worker got ready, one has died, all are to be replaced -
 * is noted in the table, and then supervisor_balance() compares what is with
 * what should be, and starts or drains until they agree.
 *
 * - A worker that served and died is replaced at once. One that died before it
 *   was ready would most likely die again: nothing is started for a second.
 * - SIGCHLD says that at least one child has ended, not how many.
 * - SIGHUP begins a new generation. There is room in the table for twice the
 *   workers: an old one goes on serving until a new one is ready.
 * - SIGTERM or SIGINT stops all; those that do not end in time are killed.
 */
#ifndef SUPERVISOR_H
#define SUPERVISOR_H

#include "loop.h"
#include "signals.h"
#include "timers.h"
#include "worker.h"

#include <stdbool.h>

enum {
	SUPERVISOR_BACKOFF_MS = 1000,
	SUPERVISOR_STOP_MS = 6000, /* a second more than a worker takes */
};

/* What only the main process needs of a worker. */
struct seat {
	struct supervisor *supervisor;
	struct worker *worker;    /* its place in the table */
	struct event_source news; /* fd: of worker_start(); -1: no worker */
};

struct supervisor {
	struct worker_job job;
	struct loop *loop;
	struct timers timers;
	struct signals signals;
	struct seat *seats;  /* one for each place of the table */
	size_t worker_count; /* how many should serve */

	struct timer_queue backoffs;
	struct timer backoff; /* while it runs nobody is started */

	struct timer_queue stop_timeouts;
	struct timer stop_timer;
	bool is_stopping;

	bool has_announced;

	/* What others have to do about it; set by main(), may be NULL: */
	void (*on_open)(struct supervisor *supervisor); /* all are ready */
	void (*on_worker_ready)(struct supervisor *supervisor,
	                        struct seat *seat);
	void (*on_worker_end)(struct supervisor *supervisor,
	                      struct seat *seat); /* news.fd is still open */
	void (*on_stop)(struct supervisor *supervisor); /* none was told yet */
	void *owner;
};

/*
 * Makes the table and the loop, and starts the workers. The caller has set
 * the functions to call. listen_fd becomes the supervisor's. What fails ends
 * the process with a message and exit status 1.
 */
void supervisor_open(struct supervisor *supervisor,
                     const struct options *options, int listen_fd);

/* Looks after the workers until it was told to stop and all have ended. */
void supervisor_run(struct supervisor *supervisor);

void supervisor_close(struct supervisor *supervisor);

/* Starts workers that are missing, drains those that are too many. */
void supervisor_balance(struct supervisor *supervisor);

/* Takes note of every worker that has ended: waitpid(2). */
void supervisor_reap(struct supervisor *supervisor);

/* Takes note of one that has ended with this status of wait(2). */
void supervisor_note_death(struct supervisor *supervisor, struct seat *seat,
                           int wait_status);

/* Sends every worker this signal. */
void supervisor_signal_all(struct supervisor *supervisor, int signal_number);

/* Stops all workers: kindly the first time, at once the second. */
void supervisor_stop(struct supervisor *supervisor);

#endif
