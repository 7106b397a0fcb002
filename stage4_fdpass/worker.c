/*
 * worker.c - one worker process, from both sides.
 */
#include "worker.h"

#include "channel.h"
#include "server.h"
#include "timers.h"
#include "web/log.h"

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static size_t
table_bytes(size_t count)
{
	return sizeof(struct worker_table) + count * sizeof(struct worker);
}

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
 * Starts a worker, at the other end of a channel. In the child: what must not
 * be inherited goes, the worker runs, and the process ends with _exit(2): it
 * must not return into the main process's code.
 */
int
worker_start(struct worker *worker, const struct worker_job *job)
{
	int ends[2];

	if (channel_open(ends) == -1)
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
	close(ends[1]); /* the worker's: its death must end the stream */
	worker->pid = pid;
	worker->status = WORKER_STARTING;
	worker->started_ms = timers_now_ms();
	worker->starts++;
	return ends[0];
}

void
worker_drain(const struct worker *worker, int fd)
{
	(void)worker;
	shutdown(fd, SHUT_WR); /* it adopts what is under way, sees the end */
}

static void
watched_signals(sigset_t *watched)
{
	sigemptyset(watched);
	sigaddset(watched, SIGTERM);
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

/*
 * As in stage 3, but for the descriptors: a worker keeps its end of its own
 * channel, and nothing else. Not the listener: accepting is not its business.
 * Not its siblings' channels: it could hold them open when the main process or
 * a sibling is dead.
 */
void
worker_prepare(const struct worker_job *job, int channel_fd)
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

	close_all(3, (unsigned)channel_fd - 1);
	close_all((unsigned)channel_fd + 1, ~0U);
}

/* A worker's server has no listener: its clients come down the channel. */
struct adopter {
	struct server server;
	struct event_source channel;
	bool owes_room; /* it has refused one: says so when it has room */
};

/* Says something to the main process. There is always room for the few answers
   that can be under way; if there were not, waiting would be safe: the main
   process waits for nobody. */
static void
answer(struct event_source *channel, const char *answers, size_t count)
{
	while (count > 0) {
		ssize_t sent = send(channel->fd, answers, count, MSG_NOSIGNAL);
		if (sent == -1 && errno == EAGAIN) {
			struct pollfd room = {channel->fd, POLLOUT, 0};
			poll(&room, 1, -1);
		} else if (sent == -1 && errno != EINTR) {
			err(1, "cannot answer the main process");
		} else if (sent > 0) {
			answers += sent;
			count -= (size_t)sent;
		}
	}
}

static void
on_room(void *owner)
{
	struct adopter *adopter = owner;
	const char room = CHANNEL_ROOM;

	if (!adopter->owes_room)
		return;
	adopter->owes_room = false;
	answer(&adopter->channel, &room, 1);
}

static char
adopt(struct adopter *adopter, int fd)
{
	if (conn_open(&adopter->server.conns, fd) == 0)
		return CHANNEL_ADOPTED;
	close(fd); /* only our copy: the main process has kept its own */
	adopter->owes_room = true;
	return CHANNEL_REFUSED;
}

/* No more connections will come: the end is near. */
static void
finish(struct adopter *adopter)
{
	struct server *server = &adopter->server;

	if (!server->awaits_clients)
		return;
	server->awaits_clients = false;
	loop_remove(server->loop, &adopter->channel);
	if (!server->is_stopping)
		server_drain(server, WORKER_SILENT_MS);
}

/*
 * Exercise 4.6 - Adopt.
 *
 * Receives all descriptors that have come. channel_recv_fd() says 1: adopt()
 * it; -1 with EBADMSG: what came cannot be used, and the main process must
 * know: CHANNEL_REFUSED, and owes_room is set. Each gets its answer, in their
 * order; several answers may go out together, in one answer(), when no more
 * comes.
 *
 * A connection that was adopted is in the loop now, but none of its bytes is
 * read before the answer is out: its handler comes in the next turn. What is
 * unanswered is untouched.
 *
 * -1 with any other errno (EAGAIN): clear EVENT_READ in `ready`. 0: the main
 * process has hung up: finish().
 */
void
worker_adopt(struct event_source *channel)
{
	struct adopter *adopter = LIST_ITEM(channel, struct adopter, channel);
	char answers[64];
	size_t count = 0;
	int got, fd;

	for (;;) {
		got = channel_recv_fd(channel->fd, &fd);
		if (got == 1) {
			answers[count++] = adopt(adopter, fd);
		} else if (got == -1 && errno == EBADMSG) {
			answers[count++] = CHANNEL_REFUSED;
			adopter->owes_room = true;
		} else {
			break;
		}
		if (count == sizeof answers) {
			answer(channel, answers, count);
			count = 0;
		}
	}
	if (count > 0)
		answer(channel, answers, count);
	channel->ready &= ~EVENT_READ;
	if (got == 0)
		finish(adopter);
}

/* SIGTERM. If all are to end: what has been sent to us is ours to finish, and
   what the main process may still send before it hangs up. That it is told
   twice does not hurry it: the main process has SIGKILL for that. If somebody
   has picked out this worker: the main process is to know, and to hang up.
   Until it does this one goes on, or a client that is just being handed over
   would be turned away. */
static void
on_signal(struct server *server, int signal_number)
{
	struct adopter *adopter = LIST_ITEM(server, struct adopter, server);
	const struct worker_job *job = server->web.owner;
	const char leaving = CHANNEL_LEAVING;

	(void)signal_number;
	if (!job->table->is_stopping) {
		answer(&adopter->channel, &leaving, 1);
	} else if (server->stop_timer.queue == NULL) {
		if (server->awaits_clients)
			worker_adopt(&adopter->channel);
		server_stop(server);
	}
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

int
worker_run(struct worker *worker, const struct worker_job *job, int channel_fd)
{
	static struct adopter adopter;
	struct server *server = &adopter.server;
	const char room = CHANNEL_ROOM;
	sigset_t watched;

	watched_signals(&watched);
	server_open(server, job->options, &worker->stats, &watched, on_signal);
	server->web.owner = (void *)job;
	server->web.print_stats = print_table;
	server->conns.owner = &adopter;
	server->conns.on_room = on_room;
	server->awaits_clients = true;

	adopter.channel = (struct event_source){
		.fd = channel_fd,
		.wants = EVENT_READ,
		.on_event = worker_adopt,
	};
	if (loop_add(server->loop, &adopter.channel) == -1)
		err(1, "cannot watch the channel");
	if (job->options->is_verbose)
		log_line("worker: ready");
	answer(&adopter.channel, &room, 1);

	server_run(server);
	server_close(server);
	if (job->options->is_verbose)
		log_line("worker: done");
	return 0;
}
