/*
 * Belief: "worker.c has the function; a header is not necessary."
 *
 * What happens: Who calls it gets a warning and luck, or an error.
 *
 * Must fail: header_declares_it
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
	struct workerdata workers[];
};

#endif
