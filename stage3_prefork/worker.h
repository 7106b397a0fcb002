/*
 * worker.h - one worker process, from both sides.
 *
 * The main process starts a worker with fork(). What was opened before, the
 * worker has too: the listening socket, and the table of workers, which lies in
 * memory that all of them share. What either opens afterwards, the other has
 * not.
 *
 * - A worker is a server of its own, with its own loop: server.h. It shares the
 *   listening socket with the others, and each accepts for itself.
 * - Each field of the table has one writer. What a worker writes lies on cache
 *   lines of its own: two processors that write to the same line have to hand
 *   it back and forth.
 * - SIGTERM tells a worker to stop, SIGUSR1 to drain: server_stop(),
 *   server_drain(). SIGINT and SIGHUP, which a terminal sends to all processes
 *   at once, are for the main process alone. If that dies, so do its workers.
 */
#ifndef WORKER_H
#define WORKER_H

#include "web/options.h"
#include "web/stats.h"

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	WORKER_SILENT_MS =
		2000, /* a draining one waits for a request so long */
	CACHE_LINE_BYTES = 64,
};

enum worker_status {
	WORKER_NONE,     /* nobody has had this place yet */
	WORKER_STARTING, /* forked, and it has not said that it is ready */
	WORKER_READY,    /* it serves */
	WORKER_DRAINING, /* it finishes what it has begun, and then ends */
	WORKER_DEAD,     /* it has ended, and the place is free */
};

struct worker {
	/* written by the main process */
	alignas(CACHE_LINE_BYTES) pid_t pid; /* 0: there is no process */
	enum worker_status status;
	unsigned generation;
	unsigned starts; /* how often this place has been filled */
	int64_t started_ms;

	/* written by the worker */
	alignas(CACHE_LINE_BYTES) struct stats stats;
};

struct worker_table {
	pid_t main_pid;
	unsigned generation; /* of the workers that should serve */
	size_t count;
	struct worker workers[]; /* in memory shared by all processes */
};

/* What a worker is to do; made before the first fork. */
struct worker_job {
	const struct options *options;
	struct worker_table *table;
	int listen_fd;
};

/*
 * Makes a table of `count` places, all WORKER_NONE, in memory that this process
 * and all it forks from now on share: mmap(2), MAP_SHARED | MAP_ANONYMOUS. Not
 * from malloc(): after fork() each process would have its own copy. Returns it,
 * or NULL with errno.
 */
struct worker_table *worker_table_new(size_t count);

void worker_table_free(struct worker_table *table);

/*
 * In the main process: forks a worker into this place of the table. Sets pid,
 * status (WORKER_STARTING), started_ms and starts. Returns a descriptor on
 * which the worker's ready byte comes, and the end when it is gone; or -1 with
 * errno, and nothing has changed but the counters, which are zero. The child
 * never returns from here.
 */
int worker_start(struct worker *worker, const struct worker_job *job);

/* In the main process: has a ready worker finish. fd: of worker_start(). */
void worker_drain(const struct worker *worker, int fd);

/*
 * In the child: what a worker must not have from the main process. Its signal
 * mask (only what worker_run() watches is to be blocked), SIGINT and SIGHUP
 * (ignored), its descriptors (all but 0, 1, 2 and those kept are closed); and
 * it asks to be killed when the main process dies. Ends the process if that has
 * happened already.
 */
void worker_prepare(const struct worker_job *job, int ready_fd);

struct server;

/* In the child: accepts from the listener that all workers share. */
void worker_listen(struct server *server, int listen_fd);

/* In the child: serves until it is told to end. Says on ready_fd when it is
   ready. Returns the exit status. */
int worker_run(struct worker *worker, const struct worker_job *job,
               int ready_fd);

#endif
