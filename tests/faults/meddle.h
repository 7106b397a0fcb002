/*
 * meddle.h - a server in whose calls we meddle.
 *
 *	struct meddled meddled = meddle("kinds=accept_EMFILE,count=3", 0);
 *	...
 *	meddled.state->is_off = 1;      (calls go well from now on)
 *
 * What can be said in the settings is in shim_faults.c.
 *
 * - A server that no library can be put in front of ends the test as not
 *   checked.
 * - The server's stderr begins with what was set, so a failure shows it, and
 *   with a seed the command that repeats it.
 */
#ifndef MEDDLE_H
#define MEDDLE_H

#include "faults.h"

#include "harness/subject.h"

struct meddled {
	struct subject *server;
	struct faults_state *state;
};

/* seed 0: nothing is left to chance. */
struct meddled meddle(const char *settings, unsigned seed);

/* With further arguments, environment and so on. */
struct meddled meddle_with(const char *settings, unsigned seed,
                           const struct subject_options *options);

#endif
