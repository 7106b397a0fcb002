/*
 * Belief: "After fork() both go on, and so both work."
 *
 * What happens: workerMain() runs in the parent as well.
 *
 * Must fail: child_does_the_work
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
	int result = workerMain(data);
	if (pid == 0)
		_exit(result);
	data->pid = pid;
	data->status = FREE;
	return 0;
}
