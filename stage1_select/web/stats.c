/*
 * stats.c - what a process has done so far, as /.stats reports it.
 */
#include "stats.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void
stats_print(const struct stats *stats, int fd)
{
	char text[256]; /* not dprintf(): that would ask malloc() for it */

	snprintf(text, sizeof(text),
	         "{\"stage\": %d, \"pid\": %d, \"connections\": %" PRIu64
	         ", \"accepted\": %" PRIu64 ", \"requests\": %" PRIu64
	         ", \"wakeups\": %" PRIu64 "}\n",
	         STAGE, (int)getpid(), stats->accepted - stats->closed,
	         stats->accepted, stats->requests, stats->wakeups);
	/* Who reads it sees if it could not be written. */
	(void)!write(fd, text, strlen(text));
}
