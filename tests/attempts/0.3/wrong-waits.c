/*
 * Belief: "Who makes a child waits for it."
 *
 * What happens: The parent stands still for as long as the worker works.
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
	int status;
	pid_t pid = fork();
	if (pid == -1)
		return -1;
	if (pid == 0)
		_exit(workerMain(data));
	data->pid = pid;
	data->status = FREE;
	waitpid(pid, &status, 0);
	return 0;
}
