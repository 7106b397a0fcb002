/*
 * Belief: "The worker fills in its own place."
 *
 * What happens: It fills in its copy: after fork() the memory is no longer the
 * same.
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
	if (pid == 0) {
		data->pid = getpid();
		data->status = FREE;
		_exit(workerMain(data));
	}
	return 0;
}
