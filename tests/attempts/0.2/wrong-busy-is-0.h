/*
 * Belief: "BUSY comes first, as it is more important."
 *
 * What happens: FREE is 1 and BUSY 0; memory that is all 0 is a pool of busy
 * workers.
 *
 * Must fail: header_has_the_constants
 */
#ifndef WORKER_H
#define WORKER_H

#include <stddef.h>
#include <sys/types.h>

enum { BUSY, FREE };

struct workerdata {
	pid_t pid;
	int status;
};

struct workerpool {
	size_t count;
	struct workerdata workers[];
};

#endif
