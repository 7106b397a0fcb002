/*
 * Belief: "The pool is needed everywhere, so it stands in the header."
 *
 * What happens: Each source that includes it defines it: the linker finds two.
 *
 * Must fail: header_defines_nothing
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

struct workerpool *pool;

#endif
