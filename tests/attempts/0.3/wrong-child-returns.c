/*
 * Belief: "The child calls workerMain() and that is all."
 *
 * What happens: It returns too: two processes go on in the parent's code.
 *
 * Must fail: child_never_returns
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
		workerMain(data);
		return 0;
	}
	data->pid = pid;
	data->status = FREE;
	return 0;
}
