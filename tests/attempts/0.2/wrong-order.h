/*
 * Belief: "The order of the fields is a matter of taste."
 *
 * What happens: Whoever else works from the picture sees them the other way
 * round.
 *
 * Must fail: header_has_workerdata
 */
#ifndef WORKER_H
#define WORKER_H

#include <stddef.h>
#include <sys/types.h>

enum { FREE, BUSY };

struct workerdata {
	int status;
	pid_t pid;
};

struct workerpool {
	size_t count;
	struct workerdata workers[];
};

#endif
