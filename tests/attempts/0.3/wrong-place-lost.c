/*
 * Belief: "-1 is returned, and so nobody looks at data."
 *
 * What happens: The place says that there is a worker -1.
 *
 * Must fail: fork_fails
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
	data->pid = fork();
	if (data->pid == -1)
		return -1;
	if (data->pid == 0)
		_exit(workerMain(data));
	data->status = FREE;
	return 0;
}
