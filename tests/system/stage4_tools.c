/*
 * stage4_tools.c - who holds what; see stage4_tools.h.
 */
#include "stage4_tools.h"

#include "harness/graded.h"
#include "harness/proc.h"
#include "harness/wait.h"
#include "loop_tools.h"

#include <stdio.h>
#include <string.h>

struct subject *
start_workers(int count, const char *argument)
{
	return subject_start(text_print("--workers=%d", count), argument, NULL);
}

size_t
workers_of(const struct subject *server, pid_t pids[WORKERS_MAX])
{
	size_t found = proc_children(subject_pid(server), pids, WORKERS_MAX);
	size_t count = 0;

	for (size_t i = 0; i < found; i++)
		if (proc_state(pids[i]) != 'Z' && proc_state(pids[i]) != 0)
			pids[count++] = pids[i];
	return count;
}

static bool
are_workers(const struct subject *server, size_t count, pid_t gone)
{
	pid_t pids[WORKERS_MAX];

	if (workers_of(server, pids) != count || !all_are_parked(server))
		return false;
	for (size_t i = 0; i < count; i++)
		if (pids[i] == gone)
			return false;
	return true;
}

void
wait_workers(const struct subject *server, size_t count, pid_t gone)
{
	pid_t pids[WORKERS_MAX];

	WAIT_UNTIL(are_workers(server, count, gone),
	           "There should be %zu workers, waiting for events%s. There "
	           "are %zu; the server %s.",
	           count,
	           gone == 0 ? ""
	                     : text_print(", and process %d should be gone",
	                                  (int)gone),
	           workers_of(server, pids), describe_all(server));
}

void
inodes_of(pid_t pid, struct inodes *inodes)
{
	static const char begin[] = "socket:[";
	int fd = -1;

	inodes->count = 0;
	while ((fd = proc_fd_find(pid, begin, fd + 1)) != -1) {
		const char *target = proc_fd_target(pid, fd);
		unsigned long long inode;
		if (target == NULL ||
		    sscanf(target, "socket:[%llu]", &inode) != 1)
			continue;
		if (inodes->count == INODES_MAX)
			fail_test("Process %d has more than %d sockets open.",
			          (int)pid, INODES_MAX);
		inodes->all[inodes->count++] = inode;
	}
}

bool
inodes_have(const struct inodes *inodes, uint64_t inode)
{
	for (size_t i = 0; i < inodes->count; i++)
		if (inodes->all[i] == inode)
			return true;
	return false;
}

static void
all_unix_inodes(struct inodes *inodes)
{
	FILE *file = fopen("/proc/net/unix", "re");
	unsigned long long inode;
	char line[512];

	inodes->count = 0;
	while (file != NULL && fgets(line, sizeof line, file) != NULL)
		if (sscanf(line, "%*s %*s %*s %*s %*s %*s %llu", &inode) == 1 &&
		    inodes->count < INODES_MAX)
			inodes->all[inodes->count++] = inode;
	if (file != NULL)
		fclose(file);
}

static bool
is_standard(pid_t pid, uint64_t inode)
{
	int fd = proc_fd_of_socket(pid, inode);

	return fd >= 0 && fd <= 2;
}

void
unix_inodes_of(pid_t pid, struct inodes *inodes)
{
	static struct inodes all, held;

	all_unix_inodes(&all);
	inodes_of(pid, &held);
	inodes->count = 0;
	for (size_t i = 0; i < held.count; i++)
		if (inodes_have(&all, held.all[i]) &&
		    !is_standard(pid, held.all[i]))
			inodes->all[inodes->count++] = held.all[i];
}

uint64_t
inode_of(const struct subject *server, const struct client *client)
{
	struct proc_socket socket;

	return proc_server_socket(server, client, &socket) ? socket.inode : 0;
}

bool
main_holds(const struct subject *server, const struct client *client)
{
	uint64_t inode = inode_of(server, client);

	return inode != 0 &&
	       proc_fd_of_socket(subject_pid(server), inode) != -1;
}

pid_t
worker_of(const struct subject *server, const struct client *client)
{
	uint64_t inode = inode_of(server, client);
	pid_t pids[WORKERS_MAX];
	size_t count = workers_of(server, pids);
	pid_t holder = 0;

	for (size_t i = 0; inode != 0 && i < count; i++) {
		if (proc_fd_of_socket(pids[i], inode) == -1)
			continue;
		if (holder != 0)
			fail_test("A client's connection (socket inode %ju) is "
			          "open in two workers, %d and %d. One of them "
			          "should have it. %s",
			          (uintmax_t)inode, (int)holder, (int)pids[i],
			          client_story(client));
		holder = pids[i];
	}
	return holder;
}

pid_t
wait_adopted(const struct subject *server, const struct client *client)
{
	WAIT_UNTIL(
		worker_of(server, client) != 0 && !main_holds(server, client),
		"A client has connected. A worker should have its connection "
		"by now, and the main process should not have it any more: "
		"%s, and the main process %s. The server %s. %s",
		worker_of(server, client) != 0 ? "a worker has it"
					       : "no worker has it",
		main_holds(server, client) ? "has it too" : "does not have it",
		describe_all(server), client_story(client));
	return worker_of(server, client);
}

static pid_t
holder_of(const struct subject *server, uint64_t inode)
{
	pid_t pids[1 + WORKERS_MAX] = {subject_pid(server)};
	size_t count = 1 + workers_of(server, pids + 1);

	for (size_t i = 0; i < count; i++)
		if (proc_fd_of_socket(pids[i], inode) != -1)
			return pids[i];
	return 0;
}

void
wait_unheld(const struct subject *server, uint64_t inode)
{
	WAIT_UNTIL(holder_of(server, inode) == 0,
	           "A client has gone. Nobody should have its connection open "
	           "any more; process %d has (the main process is %d). The "
	           "server %s.",
	           (int)holder_of(server, inode), (int)subject_pid(server),
	           describe_all(server));
}

struct client *
client_settle(struct subject *server)
{
	struct client *client = client_connect(server);

	ask_hello(client, "");
	expect_hello(server, client, "A client connected and asked.");
	wait_adopted(server, client);
	return client;
}

void
wait_dispatched(const struct subject *server)
{
	WAIT_UNTIL(proc_waiting_clients(server) == 0 &&
	                   proc_is_parked(subject_pid(server)),
	           "Clients have connected. The main process should have "
	           "accepted all of them and wait for events. %d still wait "
	           "for accept(); it %s.",
	           proc_waiting_clients(server),
	           proc_describe(subject_pid(server)));
}

size_t
count_answered(struct client *const *clients, size_t count)
{
	size_t answered = 0;

	for (size_t i = 0; i < count; i++)
		answered += client_has_input(clients[i]);
	return answered;
}
