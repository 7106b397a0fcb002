/*
 * Belief: "pid_t is known everywhere."
 *
 * What happens: Whoever includes only this header cannot compile it.
 *
 * Must fail: header_stands_alone
 */
#ifndef WORKER_H
#define WORKER_H

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
