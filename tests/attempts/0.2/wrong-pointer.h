/*
 * Belief: "A pointer is an array."
 *
 * What happens: The workers lie elsewhere: one allocation is not enough, and
 * processes that share the pool do not share them.
 *
 * Must fail: header_is_flexible
 */
#ifndef WORKER_H
#define WORKER_H

#include <stddef.h>
#include <sys/types.h>

enum { FREE, BUSY };

struct workerdata {
	pid_t pid;
	int status;
};

struct workerpool {
	size_t count;
	struct workerdata *workers;
};

#endif
