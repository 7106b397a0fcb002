/*
 * logs.h - what valgrind has written about the processes of a server.
 *
 * The server was started through valgrind.sh, so each of its processes has a
 * log in the test's folder: valgrind.PID.
 */
#ifndef LOGS_H
#define LOGS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { LOGS_PIDS_MAX = 256 };

/* Processes of a server that was started by the test, the main one first. */
struct logs {
	pid_t pids[LOGS_PIDS_MAX];
	size_t pid_count;
	bool may_be_killed; /* others, by the main one: no log is complete */
};

/*
 * All that is wrong, a paragraph each: errors, memory that was not freed,
 * descriptors that were not closed, and logs that are not there or not
 * complete. "" if there is nothing. The processes have ended.
 *
 * Of a forked process only its own counts: what was allocated or opened by
 * worker_run() or functions called by it.
 */
char *logs_findings(const struct logs *logs);

/* The same of what is there, complete or not: for a test that has failed
   already. */
char *logs_findings_so_far(void);

#endif
