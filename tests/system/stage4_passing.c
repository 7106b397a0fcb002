/*
 * stage4_passing.c - the main process accepts, the workers serve: which process
 * has what open, and when.
 */
#include "harness/client.h"
#include "harness/graded.h"
#include "harness/proc.h"
#include "harness/root.h"
#include "harness/subject.h"
#include "harness/wait.h"
#include "loop_tools.h"
#include "stage4_tools.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* ---- Who has what ---- */

SYSTEM(4_02, page_from_a_worker, 3, "4.1-4.6",
       "The main process accepts, and a client is answered by a worker; then "
       "just this worker has the connection.")
{
	struct subject *server = start_workers(2, NULL);
	struct client *client = client_connect(server);

	ask_hello(client, "");
	expect_hello(server, client, "A client connected and asked.");
	pid_t worker = wait_adopted(server, client);
	ask_hello(client, "");
	expect_hello(server, client, "The same client asked once more.");
	if (worker_of(server, client) != worker)
		fail_test("A client's connection was in worker %d, and is now "
		          "in %d.",
		          (int)worker, (int)worker_of(server, client));
}

CONTRACT(only_main_listens, "4.1-4.6",
         "The main process has the listening socket; no worker has.")
{
	struct subject *server = start_workers(3, NULL);
	uint64_t inode = proc_listener_inode(server);
	pid_t pids[WORKERS_MAX];

	wait_workers(server, 3, 0);
	if (proc_fd_of_socket(subject_pid(server), inode) == -1)
		fail_test("The main process should have the listening socket "
		          "open; it has not.");
	size_t count = workers_of(server, pids);
	for (size_t i = 0; i < count; i++)
		if (proc_fd_of_socket(pids[i], inode) != -1)
			fail_test("Worker %d has the listening socket open. It "
			          "should not: accepting is the main process's "
			          "business, and a listening socket lives "
			          "until the last copy is closed.",
			          (int)pids[i]);
}

/* Each end of a channel is open in one process. */
static void
expect_one_holder_each(const struct subject *server, size_t worker_count,
                       const char *when)
{
	static struct inodes held[1 + WORKERS_MAX];
	pid_t pids[1 + WORKERS_MAX] = {subject_pid(server)};
	size_t count = 1 + workers_of(server, pids + 1);

	for (size_t i = 0; i < count; i++)
		unix_inodes_of(pids[i], &held[i]);
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < i; k++)
			for (size_t n = 0; n < held[i].count; n++)
				if (inodes_have(&held[k], held[i].all[n]))
					fail_test(
						"%s The UNIX socket %ju is "
						"open in two processes: %d%s "
						"and worker %d. As long as one "
						"of them has it, the other end "
						"does not see that the other "
						"one has died.",
						when, (uintmax_t)held[i].all[n],
						(int)pids[k],
						k == 0 ? " (the main process)"
						       : "",
						(int)pids[i]);
		if (i > 0 && held[i].count == 0)
			fail_test("%s Worker %d has no UNIX socket open: it "
			          "has no channel.",
			          when, (int)pids[i]);
	}
	if (held[0].count < worker_count)
		fail_test("%s The main process has %zu UNIX sockets open. It "
		          "should have an end of a channel for each of the %zu "
		          "workers.",
		          when, held[0].count, worker_count);
}

SYSTEM(4_01, ends_have_one_holder, 3, "4.1-4.6",
       "Each end of a channel is open in one process: one in the main process, "
       "the other in its worker, in no other worker.")
{
	struct subject *server = start_workers(3, NULL);
	pid_t pids[WORKERS_MAX];

	wait_workers(server, 3, 0);
	expect_one_holder_each(server, 3, "Three workers were started.");
	workers_of(server, pids);
	kill(pids[0], SIGKILL);
	wait_workers(server, 3, pids[0]);
	expect_one_holder_each(server, 3,
	                       "A worker was killed, and another one took its "
	                       "place.");
}

CONTRACT(workers_are_there_before, "4.1-4.6",
         "The workers are there before the first client, and clients do not "
         "make more of them.")
{
	enum { COUNT = 40 };
	struct subject *server = start_workers(3, NULL);
	pid_t before[WORKERS_MAX], after[WORKERS_MAX];

	wait_workers(server, 3, 0);
	size_t count = workers_of(server, before);
	for (int i = 0; i < COUNT; i++)
		client_settle(server);
	if (workers_of(server, after) != count ||
	    memcmp(before, after, count * sizeof before[0]) != 0)
		fail_test("There were %zu workers before the first client. "
		          "After %d clients there are %zu, or others.",
		          count, COUNT, workers_of(server, after));
	for (size_t i = 0; i < count; i++) {
		pid_t children[1];
		if (proc_children(after[i], children, 1) > 0)
			fail_test("Worker %d has started a process, %d.",
			          (int)after[i], (int)children[0]);
	}
}

/* ---- Untouched until it is adopted ---- */

/* Is the socket registered in an epoll of this process? */
static bool
is_watched(pid_t pid, uint64_t inode)
{
	int fd = -1;
	bool found = false;
	char line[256];

	while ((fd = proc_fd_find(pid, "anon_inode:[eventpoll]", fd + 1)) !=
	       -1) {
		FILE *file = fopen(
			text_print("/proc/%d/fdinfo/%d", (int)pid, fd), "re");
		while (file != NULL && fgets(line, sizeof line, file) != NULL) {
			const char *text = strstr(line, " ino:");
			unsigned long long seen;
			if (text != NULL &&
			    sscanf(text, " ino:%llx", &seen) == 1 &&
			    seen == inode)
				found = true;
		}
		if (file != NULL)
			fclose(file);
	}
	return found;
}

CONTRACT(main_does_not_watch_clients, "4.1-4.6",
         "The main process does not wait for events of a connection: only its "
         "worker does.")
{
	struct subject *server = start_workers(1, NULL);
	pid_t main_pid = subject_pid(server);
	pid_t pids[WORKERS_MAX];

	struct client *adopted = client_settle(server);
	if (is_watched(main_pid, inode_of(server, adopted)))
		fail_test("A connection was handed over to a worker. The main "
		          "process's epoll still watches it: close() does not "
		          "end that while the worker has the connection open.");
	workers_of(server, pids);
	proc_stop(pids[0]);
	struct client *pending = client_connect(server);
	client_send(pending, "GET /");
	wait_dispatched(server);
	if (is_watched(main_pid, inode_of(server, pending)))
		fail_test("A connection waited to be adopted by a worker that "
		          "was stopped. The main process's epoll watches it. "
		          "What it does not read it should not wait for.");
}

CONTRACT(request_comes_with_the_connection, "4.1-4.6",
         "A request that came together with the connection, and nothing after "
         "it, is answered.")
{
	struct subject *server = start_workers(2, NULL);

	proc_stop(subject_pid(server));
	struct client *client = client_connect(server);
	ask_hello(client, "");
	client_wait_delivered(client);
	proc_continue(subject_pid(server));
	expect_hello(server, client,
	             "A client connected and asked while the main process was "
	             "stopped (SIGSTOP); then it was continued.");
}

SYSTEM(4_03, several_in_one_batch, 4, "4.1-4.6",
       "Connections that came down a channel together are all served.")
{
	enum { COUNT = 9 };
	struct subject *server = start_workers(1, NULL);
	struct client *clients[COUNT];
	pid_t pids[WORKERS_MAX];

	workers_of(server, pids);
	proc_stop(pids[0]);
	for (int i = 0; i < COUNT; i++) {
		clients[i] = client_connect(server);
		ask_hello(clients[i], "");
	}
	wait_dispatched(server);
	proc_continue(pids[0]);
	for (int i = 0; i < COUNT; i++)
		expect_hello(server, clients[i],
		             "The only worker was stopped (SIGSTOP), 9 clients "
		             "came and asked, and the worker was continued.");
}

SYSTEM(4_03, adopted_close_on_exec, 2, "4.1-4.6",
       "In the worker a connection is close-on-exec, and non-blocking as it "
       "was in the main process.")
{
	struct subject *server = start_workers(1, NULL);
	struct client *client = client_settle(server);
	pid_t worker = worker_of(server, client);
	int fd = proc_fd_of_socket(worker, inode_of(server, client));
	int flags = proc_fd_flags(worker, fd);

	if (!(flags & O_CLOEXEC))
		fail_test("The worker has a client's connection as its "
		          "descriptor %d. It is not close-on-exec: that flag "
		          "does not come along.",
		          fd);
	if (!(flags & O_NONBLOCK))
		fail_test("The worker has a client's connection as its "
		          "descriptor %d. It is blocking.",
		          fd);
}

/* ---- Nothing is left open ---- */

static size_t
all_descriptors(const struct subject *server, size_t counts[WORKERS_MAX])
{
	pid_t pids[WORKERS_MAX];
	size_t count = workers_of(server, pids);

	counts[0] = proc_fd_count(subject_pid(server));
	for (size_t i = 0; i < count; i++)
		counts[1 + i] = proc_fd_count(pids[i]);
	return 1 + count;
}

static bool
are_as_before(const struct subject *server, const size_t *before)
{
	size_t now[WORKERS_MAX + 1];
	size_t count = all_descriptors(server, now);

	for (size_t i = 0; i < count; i++)
		if (now[i] != before[i])
			return false;
	return true;
}

static char *
describe_descriptors(const struct subject *server, const size_t *before)
{
	size_t now[WORKERS_MAX + 1];
	size_t count = all_descriptors(server, now);
	char *text = text_print("The main process had %zu descriptors open "
	                        "before, and has %zu now",
	                        before[0], now[0]);

	for (size_t i = 1; i < count; i++)
		text = text_print("%s; a worker had %zu and has %zu", text,
		                  before[i], now[i]);
	return text;
}

SYSTEM(4_02, no_descriptor_too_many, 3, "4.1-4.6",
       "When its clients have gone a process has just as many descriptors as "
       "before they came.")
{
	enum { COUNT = 50 };
	struct subject *server = start_workers(2, NULL);
	size_t before[WORKERS_MAX + 1];

	expect_service(server, "A client came and asked."); /* opens the file */
	expect_service(server, "A client came and asked.");
	wait_workers(server, 2, 0);
	struct client *clients[2] = {client_settle(server),
	                             client_settle(server)};
	all_descriptors(server, before);
	for (int i = 0; i < COUNT; i++) {
		struct client *client = client_settle(server);
		client_reset(client);
	}
	WAIT_UNTIL(are_as_before(server, before),
	           "%d clients came, were answered, and left. %s. If with each "
	           "connection a second descriptor comes: cmsg_len is "
	           "CMSG_LEN(), without padding.",
	           COUNT, describe_descriptors(server, before));
	client_close(clients[0]);
	client_close(clients[1]);
}

SYSTEM(4_05, the_end_is_seen, 2, "4.1-4.6",
       "When the worker ends a connection the client sees the end, and no "
       "process has it open any more.")
{
	enum { COUNT = 20 };
	struct subject *server = start_workers(2, NULL);
	size_t before = proc_fd_count(subject_pid(server));

	for (int i = 0; i < COUNT; i++) {
		struct client *client = client_connect(server);
		ask_hello(client, "Connection: close\r\n");
		wait_dispatched(server);
		expect_hello(server, client,
		             "A client asked, with \"Connection: close\".");
		if (!wait_input(client, wait_deadline_ms()))
			fail_test("A client was answered with \"Connection: "
			          "close\". It should see the end of the "
			          "connection, and does not. The main process "
			          "%s it open. %s",
			          main_holds(server, client) ? "has"
			                                     : "does not have",
			          client_story(client));
		client_expect_fin(client);
		proc_wait_closed(server, client);
		client_reset(client);
	}
	WAIT_UNTIL(
		proc_fd_count(subject_pid(server)) == before,
		"%d clients came and were answered, and all connections have "
		"ended. The main process had %zu descriptors before, and has "
		"%zu now: who sends a descriptor still has it, until it is "
		"closed.",
		COUNT, before, proc_fd_count(subject_pid(server)));
}
