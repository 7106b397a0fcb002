/*
 * Belief: "An int is enough to count workers."
 *
 * What happens: It is no size_t, as the picture has it.
 *
 * Must fail: header_has_workerpool
 */
#ifndef WORKER_H
#define WORKER_H

#include <sys/types.h>

enum { FREE, BUSY };

struct workerdata {
	pid_t pid;
	int status;
};

struct workerpool {
	int count;
	struct workerdata workers[];
};

#endif
