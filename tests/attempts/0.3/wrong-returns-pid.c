/*
 * Belief: "It returns what fork() returns."
 *
 * What happens: The caller takes everything but 0 for a failure.
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
	if (pid == 0)
		_exit(workerMain(data));
	if (pid > 0) {
		data->pid = pid;
		data->status = FREE;
	}
	return (int)pid;
}
