/*
 * Belief: "fork() always works."
 *
 * What happens: data->pid is -1, and nobody is told; kill(-1, ...) is then for
 * everybody.
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
	if (data->pid == 0)
		_exit(workerMain(data));
	data->status = FREE;
	return 0;
}
