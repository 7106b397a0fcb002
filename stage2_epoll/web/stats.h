/*
 * stats.h - what a process has done so far, as /.stats reports it.
 */
#ifndef STATS_H
#define STATS_H

#include <stddef.h>
#include <stdint.h>

/* Each field is counted by one process and may be read by any. */
struct stats {
	uint64_t accepted; /* connections taken on */
	uint64_t closed;   /* of them, those that have ended */
	uint64_t requests; /* answers begun, error answers too */
	uint64_t wakeups;  /* times that the loop's wait has returned */
};

/* Counts one more. With one writer no lock is needed, only that the number is
   never half written when another process looks, and that who sees it sees all
   that was counted before it. */
static inline void
stats_count(uint64_t *counter)
{
	__atomic_store_n(counter, *counter + 1, __ATOMIC_RELEASE);
}

static inline uint64_t
stats_read(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_ACQUIRE);
}

/* Connections that are open now. */
uint64_t stats_open(const struct stats *stats);

/* Writes the counters to text as members of a JSON object, without its braces.
   Returns their length. */
enum { STATS_TEXT_MAX = 160 };
size_t stats_format(const struct stats *stats, char text[STATS_TEXT_MAX]);

/* Writes the stage, the process and its counters as one JSON object. */
void stats_print(const struct stats *stats, int fd);

#endif
