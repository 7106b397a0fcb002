/*
 * Belief: "perror() only prints."
 *
 * What happens: It may change errno, and this close() does.
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
	pid_t pid = fork();
	if (pid == -1) {
		close(-1);
		return -1;
	}
	if (pid == 0)
		_exit(workerMain(data));
	data->pid = pid;
	data->status = FREE;
	return 0;
}
