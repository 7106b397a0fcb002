/*
 * signals.h - signals, taken when the loop is ready for them.
 *
 * A signal can come between any two instructions; hardly any function may be
 * called there (signal-safety(7)). So nothing is done there: the signals are
 * blocked, and let in only where the program sleeps.
 *
 * - SIGPIPE is ignored: a write to a client that has gone says EPIPE instead,
 *   and sendfile() has no MSG_NOSIGNAL.
 * - Standard signals do not queue: one taken may stand for several.
 * - There is one struct signals in a process, as there is one set of handlers.
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include "loop.h"

#include <signal.h>

struct signals {
	sigset_t watched;
	sigset_t mask_before; /* what signals_close() goes back to */
	struct loop *loop;
	struct event_source source; /* from stage 2 on: a signalfd */
	unsigned calls;             /* in stage 1: of signals_next() */
};

/* From now on the signals of the set are taken with signals_next() only, and
   SIGPIPE is ignored. Call it after loop_open(). 0, or -1 with errno. */
int signals_open(struct signals *signals, struct loop *loop,
                 const sigset_t *watched);

/* A signal that has come and has not been taken yet, or 0. */
int signals_next(struct signals *signals);

/* The signals are let in again, and do what they do by default. */
void signals_close(struct signals *signals);

#endif
