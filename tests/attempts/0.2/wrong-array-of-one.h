/*
 * Belief: "An array needs a length; 1 is the smallest."
 *
 * What happens: sizeof counts one worker, so there is room for one too many,
 * and to use the second is not C.
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
	struct workerdata workers[1];
};

#endif
