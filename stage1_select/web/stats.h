/*
 * stats.h - what a process has done so far, as /.stats reports it.
 */
#ifndef STATS_H
#define STATS_H

#include <stdint.h>

/* Written by one process, read by any: each field is a counter that only its
   process changes, so no lock is needed to look at it. */
struct stats {
	uint64_t accepted; /* connections taken on */
	uint64_t closed;   /* of them, those that have ended */
	uint64_t requests; /* answers begun, error answers too */
	uint64_t wakeups;  /* times that the loop's wait has returned */
};

/* Writes the stage, the process and its counters as one JSON object. */
void stats_print(const struct stats *stats, int fd);

#endif
