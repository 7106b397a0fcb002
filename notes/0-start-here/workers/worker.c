/*
 * Exercise 0.3 - makeWorker.
 *
 * Declare in worker.h and write here
 *
 *	int makeWorker(struct workerdata *data);
 *
 * It makes a process with fork(2) that works for this place of the table.
 *
 * In the parent: data->pid is the new process, data->status is FREE. Returns 0
 * at once; the two go on side by side.
 *
 * In the child: calls workerMain(data) of work.h, and when that returns, ends
 * the process with its result, by _exit(2). So makeWorker() never returns in
 * the child. What data holds there is of no interest.
 *
 * If fork() fails: returns -1 with errno as fork() has set it. *data is as it
 * was before.
 */
