/*
 * Belief: "exit() ends a process."
 *
 * What happens: It also does what the parent has prepared for its own end: it
 * writes copies of the parent's buffers and calls its exit handlers.
 *
 * Must fail: child_leaves_the_parents_things_alone
 */
#include "worker.h"

#include "work.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int
makeWorker(struct workerdata *data)
{
	pid_t pid = fork();
	if (pid == -1)
		return -1;
	if (pid == 0)
		exit(workerMain(data));
	data->pid = pid;
	data->status = FREE;
	return 0;
}
