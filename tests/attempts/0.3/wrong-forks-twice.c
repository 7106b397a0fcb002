/*
 * Belief: "fork() again, to look at its value."
 *
 * What happens: There are two children, or four processes.
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
	if (fork() == -1)
		return -1;
	pid_t pid = fork();
	if (pid == 0)
		_exit(workerMain(data));
	data->pid = pid;
	data->status = FREE;
	return 0;
}
