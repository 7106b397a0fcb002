/*
 * Belief: "getpid() is the process that was made."
 *
 * What happens: In the parent it is the parent.
 *
 * Must fail: parent_gets_pid_and_status
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
		_exit(workerMain(data));
	data->pid = getpid();
	data->status = FREE;
	return 0;
}
