/*
 * stage4_tools.h - who holds what: the main process, its workers, and the
 * connections that pass from one to the others.
 */
#ifndef SYSTEM_STAGE4_TOOLS_H
#define SYSTEM_STAGE4_TOOLS_H

#include "harness/client.h"
#include "harness/subject.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { WORKERS_MAX = 64, INODES_MAX = 4096 };

/* The sockets that a process has open. */
struct inodes {
	size_t count;
	uint64_t all[INODES_MAX];
};

/* Starts a server with so many workers and perhaps one more argument. */
struct subject *start_workers(int count, const char *argument);

/* Its workers: the main process's children that have not ended. */
size_t workers_of(const struct subject *server, pid_t pids[WORKERS_MAX]);

/* Waits until there are so many workers, all parked like the main process, and
   none of these is among them (0: nobody). */
void wait_workers(const struct subject *server, size_t count, pid_t gone);

void inodes_of(pid_t pid, struct inodes *inodes);
bool inodes_have(const struct inodes *inodes, uint64_t inode);
/* Only those of UNIX sockets that are not also the process's 0, 1 or 2. */
void unix_inodes_of(pid_t pid, struct inodes *inodes);

/* The server's side of this client's connection; 0: nobody has it. */
uint64_t inode_of(const struct subject *server, const struct client *client);
bool main_holds(const struct subject *server, const struct client *client);
/* The worker that has it; 0: none. Fails the test if there are several. */
pid_t worker_of(const struct subject *server, const struct client *client);

/* Waits until a worker has it, and the main process does not any more. */
pid_t wait_adopted(const struct subject *server, const struct client *client);

/* Waits until no process of the server has this socket open. */
void wait_unheld(const struct subject *server, uint64_t inode);

/* Connects, asks, is answered, and stays: it has its worker now. */
struct client *client_settle(struct subject *server);

/* Nobody waits for accept(), and the main process is parked: all who have come
   are handed over, or wait in it. */
void wait_dispatched(const struct subject *server);

/* How many of them have something to read. */
size_t count_answered(struct client *const *clients, size_t count);

#endif
