/*
 * worker.h - the pool of workers.
 */
#ifndef WORKER_H
#define WORKER_H

#include <stddef.h>
#include <sys/types.h>

enum { FREE, BUSY };

struct workerdata {
	pid_t pid;
	int status; /* FREE or BUSY */
};

struct workerpool {
	size_t count;
	struct workerdata workers[];
};

int makeWorker(struct workerdata *data);

#endif
