/*
 * Belief: "A worker that ends has done well."
 *
 * What happens: Its exit status is 0, whatever workerMain() says.
 *
 * Must fail: child_ends_with_its_result
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
		_exit(0);
	}
	data->pid = pid;
	data->status = FREE;
	return 0;
}
