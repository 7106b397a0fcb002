/*
 * stats.c - what a process has done so far, as /.stats reports it.
 */
#include "stats.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

uint64_t
stats_open(const struct stats *stats)
{
	/* Read in this order, the difference cannot be negative. */
	uint64_t closed = stats_read(&stats->closed);
	uint64_t accepted = stats_read(&stats->accepted);

	return accepted - closed;
}

size_t
stats_format(const struct stats *stats, char text[STATS_TEXT_MAX])
{
	int length = snprintf(
		text, STATS_TEXT_MAX,
		"\"connections\": %" PRIu64 ", \"accepted\": %" PRIu64
		", \"requests\": %" PRIu64 ", \"wakeups\": %" PRIu64,
		stats_open(stats), stats_read(&stats->accepted),
		stats_read(&stats->requests), stats_read(&stats->wakeups));

	return (size_t)length; /* four numbers of 20 digits fit */
}

void
stats_print(const struct stats *stats, int fd)
{
	/* Not dprintf(): that asks malloc() for a buffer. */
	char counters[STATS_TEXT_MAX];
	char text[STATS_TEXT_MAX + 64];

	stats_format(stats, counters);
	snprintf(text, sizeof text, "{\"stage\": %d, \"pid\": %d, %s}\n", STAGE,
	         (int)getpid(), counters);
	/* Who reads it sees if it could not be written. */
	(void)!write(fd, text, strlen(text));
}
