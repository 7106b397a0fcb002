/*
 * #pragma once, macros for the constants, a typedef besides, other headers.
 */
#pragma once
#include <stdlib.h>
#include <unistd.h>

#define FREE 0
#define BUSY 1

typedef struct workerdata {
	pid_t pid;
	int status;
} workerdata;

typedef struct workerpool {
	size_t count;
	workerdata workers[];
} workerpool;

extern workerpool *pool;
int makeWorker(struct workerdata *data);
