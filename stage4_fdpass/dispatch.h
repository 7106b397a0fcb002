/*
 * dispatch.h - the main process accepts, and hands each connection to a worker.
 *
 *  accept -> choose a worker -> hand over -> keep a copy -> '+': close the copy
 *               ^                                           '-': to another
 *               +------- taken back: the worker has died ----+
 *
 * - The main process does not touch a connection: it does not read from it, and
 *   does not watch it.
 * - It keeps its copy of a descriptor until the worker has answered. A worker
 *   answers before it reads a byte: what is unanswered is untouched, and can be
 *   given to another. So no connection that was accepted is lost when a worker
 *   dies.
 * - It waits for nobody: a worker that has DISPATCH_UNANSWERED_MAX to answer,
 *   or whose channel is full, is passed over.
 * - If no worker can take one, it does not accept any more: clients wait in the
 *   kernel's queue.
 */
#ifndef DISPATCH_H
#define DISPATCH_H

#include "listener.h"
#include "supervisor.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	DISPATCH_UNANSWERED_MAX = 16,
	DISPATCH_RETRY_MS = 100,
	DISPATCH_LAST_CLIENTS_MAX = 4096, /* accepted at once when it stops */
};

/* The main process's side of the way to one worker. */
struct lane {
	struct seat *seat;
	uint64_t sent_count; /* connections it was given and has not refused */
	bool is_full;        /* it has refused one, and not said since that it
	                        has room */
	bool is_blocked;     /* its channel takes no more */

	/* our copies of what it has not answered, a ring in the order sent */
	int kept[DISPATCH_UNANSWERED_MAX];
	size_t kept_first;
	size_t kept_count;
};

struct dispatcher {
	struct supervisor *supervisor;
	struct listener listener;
	struct lane *lanes; /* one for each seat */
	size_t lane_count;

	/* accepted, and nobody can take them now: a ring */
	int *waiting;
	size_t waiting_first;
	size_t waiting_count;
	size_t waiting_max;

	struct timer_queue retries;
	struct timer retry; /* runs while a lane is full or blocked */
	bool is_stopping;
};

/*
 * Begins to accept from the supervisor's listener and to hand over to its
 * workers: sets its on_worker_ready, on_worker_end and on_stop. What fails ends
 * the process with a message and exit status 1.
 */
void dispatch_open(struct dispatcher *dispatcher,
                   struct supervisor *supervisor);

/* Closes what nobody was left to take. */
void dispatch_close(struct dispatcher *dispatcher);

/* How many connections a worker has: those it was given (the main process
   counts) less those that have ended (the worker counts). */
uint64_t dispatch_load(const struct lane *lane);

/* The lane of the worker that the next connection goes to; NULL: of none. */
struct lane *dispatch_choose(struct dispatcher *dispatcher);

/* Hands fd to a worker and returns 0; or -1 if no worker can take it now, and
   it is still the caller's. */
int dispatch_hand_over(struct dispatcher *dispatcher, int fd);

/* fd has been sent down this lane. */
void dispatch_keep(struct lane *lane, int fd);

/* The worker has said '+', '-', 'r' or 'q'. */
void dispatch_answer(struct dispatcher *dispatcher, struct lane *lane,
                     char answer);

/* The worker is dead: what it has not answered is for others. */
void dispatch_take_back(struct dispatcher *dispatcher, struct lane *lane);

#endif
