/*
 * work.h - what a worker does. It is given: by the tests, or by whoever else
 * links with your worker.c.
 */
#ifndef WORK_H
#define WORK_H

struct workerdata;

/* Works until there is no more to do. Returns its process's exit status. */
int workerMain(struct workerdata *data);

#endif
