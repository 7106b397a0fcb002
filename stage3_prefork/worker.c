/*
 * worker.c - one worker process, from both sides.
 */
#define _GNU_SOURCE /* pipe2() */
#include "worker.h"

#include "server.h"
#include "timers.h"
#include "web/log.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static size_t
table_bytes(size_t count)
{
	return sizeof(struct worker_table) + count * sizeof(struct worker);
}

/*
 * Exercise 3.1 - A table that all processes see.
 *
 * mmap(2) of table_bytes(count), readable and writable, MAP_SHARED and
 * MAP_ANONYMOUS: memory that stays one and the same across fork(), while all
 * else becomes a copy. The kernel gives it filled with zeros, and that is what
 * WORKER_NONE, no pid and all counters are. Sets main_pid and count.
 *
 * Returns the table, or NULL with errno (mmap() itself says MAP_FAILED).
 */
struct worker_table *
worker_table_new(size_t count)
{
	struct worker_table *table =
		mmap(NULL, table_bytes(count), PROT_READ | PROT_WRITE,
	             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (table == MAP_FAILED)
		return NULL;
	table->main_pid = getpid();
	table->count = count;
	return table;
}

void
worker_table_free(struct worker_table *table)
{
	munmap(table, table_bytes(table->count));
}

/*
 * Exercise 3.2 - Start a worker.
 *
 * pipe2(2) with O_CLOEXEC and O_NONBLOCK, for the ready byte; sets the worker's
 * counters to zero (the one who had the place before is dead); fork(2).
 *
 * In the child: worker_prepare() with the pipe's writing end, worker_run(), and
 * _exit(2) with what it returns. It must not return into the main process's
 * code, or there are two main processes; and not exit(3), which would write out
 * the main process's stdio buffers a second time.
 *
 * In the main process: closes the writing end, or the pipe's end is never seen
 * when the worker dies. Notes pid, status, started_ms and one more of starts.
 * Returns the reading end.
 *
 * If something fails: closes what was opened, and returns -1 with the errno of
 * what failed; close(2) may set another.
 */
int
worker_start(struct worker *worker, const struct worker_job *job)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) == -1)
		return -1;
	memset(&worker->stats, 0, sizeof worker->stats);
	pid_t pid = fork();
	if (pid == -1) {
		int error = errno;
		close(ends[0]);
		close(ends[1]);
		errno = error;
		return -1;
	}
	if (pid == 0) {
		worker_prepare(job, ends[1]);
		_exit(worker_run(worker, job, ends[1]));
	}
	close(ends[1]); /* the worker's */
	worker->pid = pid;
	worker->status = WORKER_STARTING;
	worker->started_ms = timers_now_ms();
	worker->starts++;
	return ends[0];
}

void
worker_drain(const struct worker *worker, int fd)
{
	(void)fd;
	kill(worker->pid, SIGUSR1);
}

static void
watched_signals(sigset_t *watched)
{
	sigemptyset(watched);
	sigaddset(watched, SIGTERM);
	sigaddset(watched, SIGUSR1);
}

/* Closes the descriptors from first to last: close_range(2), Linux 5.9. */
static void
close_all(unsigned first, unsigned last)
{
	if (first > last)
		return;
#ifdef SYS_close_range
	if (syscall(SYS_close_range, first, last, 0) == 0)
		return;
#endif
	struct rlimit limit = {0};
	getrlimit(RLIMIT_NOFILE, &limit);
	for (rlim_t fd = first; fd <= last && fd < limit.rlim_cur; fd++)
		close((int)fd);
}

/* Closes all but 0, 1, 2 and these two. */
static void
close_all_but(int one, int other)
{
	unsigned low = (unsigned)(one < other ? one : other);
	unsigned high = (unsigned)(one < other ? other : one);

	close_all(3, low - 1);
	close_all(low + 1, high - 1);
	close_all(high + 1, ~0U);
}

/*
 * Exercise 3.3 - What a worker must not inherit.
 *
 * 1. Asks for its own death with prctl(2), PR_SET_PDEATHSIG, SIGKILL, should
 *    the main process die; and then looks whether that has happened before it
 *    could ask: getppid(2) is not main_pid of the table then. _exit(1).
 * 2. SIGINT and SIGHUP: ignored. A terminal sends them to every process, but it
 *    is for the main process to say what is to be done.
 * 3. The signal mask: the main process has blocked its own signals, and fork()
 *    copies the mask. Sets it to just those of watched_signals(): one that
 *    comes before worker_run() watches for it waits until then.
 * 4. Descriptors: close_all_but() the listener and the ready pipe. The main
 *    process's epoll and signalfd would still be its own, and not ours.
 *
 * Until written: return;
 */
void
worker_prepare(const struct worker_job *job, int ready_fd)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t watched;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != job->table->main_pid)
		_exit(1);

	sigemptyset(&ignore.sa_mask);
	sigaction(SIGINT, &ignore, NULL);
	sigaction(SIGHUP, &ignore, NULL);
	watched_signals(&watched);
	sigprocmask(SIG_SETMASK, &watched, NULL);

	close_all_but(job->listen_fd, ready_fd);
}

/* That it is told twice does not hurry it: somebody may have told the whole
   group. The main process has SIGKILL for that. */
static void
on_signal(struct server *server, int signal_number)
{
	if (signal_number == SIGUSR1)
		server_drain(server, WORKER_SILENT_MS);
	else if (server->stop_timer.queue == NULL)
		server_stop(server);
}

static const char *
status_name(const struct worker *worker, size_t connections)
{
	switch (worker->status) {
	case WORKER_STARTING:
		return "starting";
	case WORKER_READY:
		return stats_open(&worker->stats) < connections ? "ready"
		                                                : "full";
	case WORKER_DRAINING:
		return "draining";
	default:
		return "dead";
	}
}

static void
print_worker(const struct worker *worker, size_t connections, int fd)
{
	char counters[STATS_TEXT_MAX];
	char text[STATS_TEXT_MAX + 160];

	stats_format(&worker->stats, counters);
	snprintf(text, sizeof text,
	         "  {\"pid\": %d, \"status\": \"%s\", \"uptime_ms\": %jd, "
	         "\"restarts\": %u, %s}",
	         (int)worker->pid, status_name(worker, connections),
	         (intmax_t)(timers_now_ms() - worker->started_ms),
	         worker->starts - 1, counters);
	(void)!write(fd, text, strlen(text));
}

/* How many of the workers that should be there are not: half of the places are
   for them, the others for successors. */
static size_t
count_missing(const struct worker_table *table)
{
	size_t missing = table->count / 2;

	for (size_t i = 0; i < table->count && missing > 0; i++)
		if (table->workers[i].pid != 0)
			missing--;
	return missing;
}

/* Any worker can tell of all: the table is shared. What the main process is
   about to change may be told as it was. */
static void
print_table(void *owner, int fd)
{
	const struct worker_job *job = owner;
	const struct worker_table *table = job->table;
	size_t missing = count_missing(table);
	const char *separator = "\n";
	char text[128];

	snprintf(text, sizeof text,
	         "{\"stage\": %d, \"pid\": %d, \"answered_by\": %d, "
	         "\"workers\": [",
	         STAGE, (int)table->main_pid, (int)getpid());
	(void)!write(fd, text, strlen(text));
	for (size_t i = 0; i < table->count; i++) {
		const struct worker *worker = &table->workers[i];
		if (worker->pid == 0 &&
		    (worker->status == WORKER_NONE || missing == 0))
			continue; /* nobody was there, or nobody is missed */
		missing -= worker->pid == 0;
		(void)!write(fd, separator, strlen(separator));
		print_worker(worker, job->options->connections, fd);
		separator = ",\n";
	}
	(void)!write(fd, "\n]}\n", 4);
}

/*
 * Exercise 3.4 - Accept side by side.
 *
 * All workers wait at one listening socket. If each simply watched it, a new
 * client would wake them all, for one of them to get it. The listener's
 * is_shared makes the loop register it with EPOLLEXCLUSIVE: the kernel wakes
 * one of those that sleep. Set it, then server_listen().
 *
 * Who was woken and does not accept would leave that client to nobody. The
 * listener therefore accepts until EAGAIN; is not watched while its worker is
 * full (server_run() sees to it); and accepts once more before it stops for
 * good.
 *
 * Until written: server_listen(server, listen_fd);
 */
void
worker_listen(struct server *server, int listen_fd)
{
	server->listener.is_shared = true;
	server_listen(server, listen_fd);
}

int
worker_run(struct worker *worker, const struct worker_job *job, int ready_fd)
{
	static struct server server;
	sigset_t watched;

	watched_signals(&watched);
	server_open(&server, job->options, &worker->stats, &watched, on_signal);
	server.web.owner = (void *)job;
	server.web.print_stats = print_table;
	worker_listen(&server, job->listen_fd);
	if (job->options->is_verbose)
		log_line("worker: ready");
	if (write(ready_fd, "r", 1) != 1)
		err(1, "cannot tell that this worker is ready");

	server_run(&server);
	server_close(&server);
	if (job->options->is_verbose)
		log_line("worker: done");
	return 0;
}
