/*
 * stage4_lost.c - workers die, and no connection that was accepted is lost.
 *
 * What may be lost: a request inside a worker that has adopted the connection,
 * and has said so, when it is killed. From outside that can be seen exactly. A
 * worker is stopped first (SIGSTOP): it does nothing more. When the main
 * process has read its answers and waits for events again, a connection that is
 * open in both is unanswered; one that is open in the worker alone was adopted.
 */
#define _GNU_SOURCE
#include "harness/client.h"
#include "harness/diag.h"
#include "harness/graded.h"
#include "harness/proc.h"
#include "harness/root.h"
#include "harness/subject.h"
#include "harness/wait.h"
#include "loop_tools.h"
#include "stage4_tools.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

SYSTEM(4_08, killed_before_it_adopts, 2, "4.1-4.8",
       "A worker is killed after connections were handed over to it and before "
       "it adopts them: others serve them.")
{
	enum { COUNT = 16 };
	struct subject *server = start_workers(2, NULL);
	struct client *clients[COUNT];
	pid_t pids[WORKERS_MAX];
	int held = 0;

	workers_of(server, pids);
	proc_stop(pids[0]);
	for (int i = 0; i < COUNT; i++) {
		clients[i] = client_connect(server);
		ask_hello(clients[i], "");
	}
	wait_dispatched(server);
	for (int i = 0; i < COUNT; i++)
		held += main_holds(server, clients[i]);
	kill(pids[0], SIGKILL);
	for (int i = 0; i < COUNT; i++)
		expect_hello(server, clients[i],
		             text_print("One of two workers was stopped "
		                        "(SIGSTOP), 16 clients came and asked, "
		                        "and the worker was killed. The main "
		                        "process had kept %d of the "
		                        "connections.",
		                        held));
	wait_workers(server, 2, pids[0]);
}

CONTRACT(all_killed_before_they_adopt, "4.1-4.8",
         "All workers are killed before they adopt what they were given: the "
         "new ones serve it.")
{
	enum { COUNT = 40, WORKERS = 2 };
	struct subject *server = start_workers(WORKERS, NULL);
	struct client *clients[COUNT];
	pid_t pids[WORKERS_MAX];

	workers_of(server, pids);
	for (int i = 0; i < WORKERS; i++)
		proc_stop(pids[i]);
	for (int i = 0; i < COUNT; i++) {
		clients[i] = client_connect(server);
		ask_hello(clients[i], "");
	}
	WAIT_UNTIL(proc_is_parked(subject_pid(server)),
	           "All workers were stopped. The main process should wait for "
	           "events; it %s.",
	           proc_describe(subject_pid(server)));
	for (int i = 0; i < WORKERS; i++)
		kill(pids[i], SIGKILL);
	for (int i = 0; i < COUNT; i++)
		expect_hello(server, clients[i],
		             "Both workers were stopped (SIGSTOP), 40 clients "
		             "came and asked, and the workers were killed.");
}

CONTRACT(new_worker_inherits_nothing, "4.1-4.8",
         "A worker that is started later has nothing of what the main process "
         "has open: no connection, no other channel, no epoll.")
{
	enum { COUNT = 12 };
	struct subject *server = start_workers(2, NULL);
	struct client *clients[COUNT];
	pid_t old[WORKERS_MAX], new[WORKERS_MAX];

	wait_workers(server, 2, 0);
	workers_of(server, old);
	size_t before = proc_fd_count(old[1]);
	proc_stop(old[0]);
	proc_stop(old[1]);
	for (int i = 0; i < COUNT; i++)
		clients[i] = client_connect(server);
	wait_dispatched(server);
	kill(old[1], SIGKILL);
	WAIT_UNTIL(workers_of(server, new) == 2 && new[1] != old[1] &&
	                   proc_is_parked(new[1]) &&
	                   proc_is_parked(subject_pid(server)),
	           "A worker was killed. A new one should take its place; the "
	           "server %s.",
	           describe_all(server));
	size_t adopted = 0;
	for (int i = 0; i < COUNT; i++) {
		bool in_new = worker_of(server, clients[i]) == new[1];
		adopted += in_new;
		if (in_new && main_holds(server, clients[i]))
			fail_test("Two workers were stopped, 12 clients came, "
			          "and one of the workers was killed. The new "
			          "one has a connection open that the main "
			          "process has not handed over to it, or waits "
			          "for: it has inherited it.");
	}
	size_t now = proc_fd_count(new[1]);
	if (now != before + adopted)
		fail_test("When a worker was started at the beginning, it had "
		          "%zu descriptors. One that was started later, in "
		          "the place of one that was killed, has %zu, and %zu "
		          "connections. What the main process has open it "
		          "should not inherit.",
		          before, now, adopted);
	proc_continue(old[0]);
}

/* ---- A storm ---- */

enum {
	STORM_CONNECTIONS = 2000, /* STORM=10000 make test TEST=... for more */
	STORM_BATCH = 20,
	STORM_WORKERS = 3,
};

struct shot {
	int fd;
	struct sockaddr_in address;
	uint64_t inode;
	bool may_be_lost;
	char answer[512];
	size_t answer_bytes;
};

/* A client that connects and asks in one go. It is light: there are many. */
static void
shoot(const struct subject *server, struct shot *shot)
{
	static const char request[] =
		"GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n";
	const struct linger at_once = {.l_onoff = 1};
	socklen_t bytes;
	const struct sockaddr *address = subject_address(server, &bytes);

	*shot = (struct shot){.fd = socket(AF_INET, SOCK_STREAM, 0)};
	if (shot->fd == -1 || connect(shot->fd, address, bytes) == -1)
		fail_test("A client could not connect: %s.", strerror(errno));
	setsockopt(shot->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	if (send(shot->fd, request, strlen(request), MSG_NOSIGNAL) == -1)
		fail_test("A client that had just connected could not send: "
		          "%s.",
		          strerror(errno));
	bytes = sizeof shot->address;
	getsockname(shot->fd, (struct sockaddr *)&shot->address, &bytes);
}

/* Finds the server's side of each in the list of all sockets. */
static void
search_inodes(const struct subject *server, struct shot *shots, size_t count)
{
	FILE *file = fopen("/proc/net/tcp", "re");
	unsigned local, remote;
	unsigned long long inode;
	char line[256];

	while (file != NULL && fgets(line, sizeof line, file) != NULL) {
		if (sscanf(line,
		           " %*d: %*8x:%x %*8x:%x %*x %*x:%*x %*x:%*x %*x %*u "
		           "%*u %llu",
		           &local, &remote, &inode) != 3 ||
		    local != (unsigned)subject_port(server))
			continue;
		for (size_t i = 0; i < count; i++)
			if (ntohs(shots[i].address.sin_port) == remote)
				shots[i].inode = inode;
	}
	if (file != NULL)
		fclose(file);
}

static void
find_inodes(const struct subject *server, struct shot *shots, size_t count)
{
	const struct sockaddr *address = subject_address(server, NULL);

	for (size_t i = 0; i < count; i++) {
		struct proc_socket found = {0};
		if (diag_find(address, (struct sockaddr *)&shots[i].address,
		              &found) == -1) {
			search_inodes(server, shots, count);
			return;
		}
		shots[i].inode = found.inode;
	}
}

/* Reads up to the end of the answer. Says whether it is whole. */
static bool
is_answered(struct shot *shot)
{
	int64_t end_ms = wait_deadline_ms();
	struct pollfd fd = {.fd = shot->fd, .events = POLLIN};

	for (;;) {
		size_t room = sizeof shot->answer - 1 - shot->answer_bytes;
		poll(&fd, 1, 100);
		ssize_t got = recv(shot->fd, shot->answer + shot->answer_bytes,
		                   room, MSG_DONTWAIT);
		if (got > 0)
			shot->answer_bytes += (size_t)got;
		shot->answer[shot->answer_bytes] = '\0';
		if (strncmp(shot->answer, "HTTP/1.1 200 ", 13) == 0 &&
		    strstr(shot->answer, "\r\n\r\n" ROOT_HELLO) != NULL)
			return true;
		if (got == 0 || (got == -1 && errno != EAGAIN) ||
		    wait_now_ms() > end_ms)
			return false;
	}
}

/* A worker that waits for events: it has said long ago that it is ready. */
static pid_t
pick_worker(const struct subject *server, unsigned *seed)
{
	pid_t pids[WORKERS_MAX], parked[WORKERS_MAX];
	size_t count, parked_count = 0;

	count = workers_of(server, pids);
	for (size_t i = 0; i < count; i++)
		if (proc_is_parked(pids[i]))
			parked[parked_count++] = pids[i];
	if (parked_count == 0 || !proc_is_parked(subject_pid(server)))
		return 0;
	return parked[(unsigned)rand_r(seed) % parked_count];
}

/* Kills it while it is stopped; by another signal than SIGKILL as soon as it is
   continued, before it does anything. */
static void
kill_stopped(pid_t pid, unsigned *seed)
{
	static const int signals[] = {SIGKILL, SIGABRT, SIGKILL, SIGSEGV};

	kill(pid, signals[rand_r(seed) % 4]);
	kill(pid, SIGCONT);
}

static void
spin_us(unsigned microseconds)
{
	for (volatile unsigned i = 0; i < microseconds * 100; i++)
		;
}

/* Shoots, and stops the worker somewhere in between. */
static void
shoot_batch(const struct subject *server, struct shot *shots, pid_t worker,
            unsigned *seed)
{
	size_t stop_after = (size_t)rand_r(seed) % (STORM_BATCH + 8);

	for (size_t i = 0; i < STORM_BATCH; i++) {
		if (i == stop_after)
			proc_stop(worker);
		shoot(server, &shots[i]);
	}
	if (stop_after >= STORM_BATCH) {
		spin_us((unsigned)rand_r(seed) % 500);
		proc_stop(worker);
	}
}

/* The worker is stopped, and will be killed. Which connections has it adopted,
   and said so? */
static void
find_adopted(const struct subject *server, struct shot *shots, pid_t worker)
{
	static struct inodes in_main, in_worker;

	wait_dispatched(server);
	find_inodes(server, shots, STORM_BATCH);
	inodes_of(worker, &in_worker);
	inodes_of(subject_pid(server), &in_main);
	for (size_t i = 0; i < STORM_BATCH; i++)
		shots[i].may_be_lost =
			inodes_have(&in_worker, shots[i].inode) &&
			!inodes_have(&in_main, shots[i].inode);
}

static long
storm_connections(void)
{
	const char *text = getenv("STORM");

	return text == NULL ? STORM_CONNECTIONS : atol(text);
}

SYSTEM(4_08, nothing_is_lost_in_a_storm, 2, "4.1-4.8",
       "Workers are killed at every moment while clients come: but for "
       "requests "
       "inside a killed worker all are answered.",
       .timeout = 300)
{
	const long total = storm_connections();
	struct subject *server =
		start_workers(STORM_WORKERS, "--connections=200");
	pid_t main_pid = subject_pid(server);
	struct shot shots[STORM_BATCH];
	pid_t children[WORKERS_MAX];
	unsigned seed = 4;
	long lost = 0;
	int kills = 0;

	wait_workers(server, STORM_WORKERS, 0);
	size_t before = proc_fd_count(main_pid);
	for (long sent = 0; sent < total; sent += STORM_BATCH, kills++) {
		pid_t worker = 0;
		WAIT_UNTIL((worker = pick_worker(server, &seed)) != 0,
		           "%d workers were killed. There should be one that "
		           "waits for events, and the main process too; the "
		           "server %s.",
		           kills, describe_all(server));
		shoot_batch(server, shots, worker, &seed);
		find_adopted(server, shots, worker);
		kill_stopped(worker, &seed);
		for (int i = 0; i < STORM_BATCH; i++) {
			if (is_answered(&shots[i])) {
				close(shots[i].fd);
				continue;
			}
			if (!shots[i].may_be_lost)
				fail_test("%ld clients connected and asked "
				          "while %d workers were killed, one "
				          "after the other. One of them was "
				          "not answered; what came was %s. No "
				          "worker had adopted it when the last "
				          "one was killed: another one should "
				          "serve it.",
				          sent + i + 1, kills + 1,
				          text_quote(shots[i].answer,
				                     shots[i].answer_bytes));
			lost++;
			close(shots[i].fd);
		}
	}
	printf("%ld connections, %d workers killed, %ld requests lost in "
	       "them\n",
	       total, kills, lost);
	wait_workers(server, STORM_WORKERS, 0);
	WAIT_UNTIL(proc_fd_count(main_pid) == before,
	           "%d workers were killed and replaced. The main process had "
	           "%zu descriptors open before, and has %zu now.",
	           kills, before, proc_fd_count(main_pid));
	WAIT_UNTIL(
		proc_children(main_pid, children, WORKERS_MAX) == STORM_WORKERS,
		"%d workers were killed and replaced. The main process should "
		"have %d children; it has %zu, those who are dead and were "
		"not waited for among them.",
		kills, STORM_WORKERS,
		proc_children(main_pid, children, WORKERS_MAX));
}
