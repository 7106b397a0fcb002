/*
 * Belief: "The status is set when the worker is given work."
 *
 * What happens: The place keeps whatever was there.
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
	data->pid = pid;
	return 0;
}
