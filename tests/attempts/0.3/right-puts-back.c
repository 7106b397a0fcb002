/*
 * Writes first and puts it back if fork() fails; the child notes its own pid,
 * and ends with _Exit(), which C has for the same.
 */
#include "work.h"
#include "worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int
makeWorker(struct workerdata *data)
{
	struct workerdata before = *data;

	data->status = FREE;
	fflush(NULL);
	if ((data->pid = fork()) == 0) {
		data->pid = getpid();
		_Exit(workerMain(data));
	}
	if (data->pid > 0)
		return 0;
	int error = errno;
	*data = before;
	errno = error;
	return -1;
}
