/*
 * Belief: "[0] is how one writes it."
 *
 * What happens: GNU C only: C has no arrays of length 0.
 *
 * Must fail: header_stands_alone
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
	struct workerdata workers[0];
};

#endif
