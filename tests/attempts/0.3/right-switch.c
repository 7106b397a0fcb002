/*
 * A switch over the three answers of fork().
 */
#include "worker.h"

#include "work.h"

#include <unistd.h>

int
makeWorker(struct workerdata *data)
{
	pid_t pid = fork();

	switch (pid) {
	case -1:
		return -1;
	case 0:
		_exit(workerMain(data));
	default:
		data->pid = pid;
		data->status = FREE;
		return 0;
	}
}
