/*
 * Belief: "Sixteen workers are enough."
 *
 * What happens: The length is fixed when it is compiled.
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
	struct workerdata workers[16];
};

#endif
