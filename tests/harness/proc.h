/*
 * proc.h - what the kernel knows about a process and its sockets.
 *
 *	client_send(client, "GET /hel");
 *	proc_wait_consumed(server, client);    (it has read that, and waits)
 *	client_expect_nothing(client);
 *
 * Barriers wait until a state is there and fail the test, saying what was seen,
 * when it does not come (wait.h). Oracles just look.
 *
 * - "Parked" means: sleeping in a call that waits for events (select, poll,
 *   epoll_wait in all their forms), so all that came before has been handled.
 * - Which call a process is in can be read where ptrace(2) is allowed. Where it
 *   is not, a barrier takes a process that sleeps and uses no time as parked,
 *   and proc_can_see_syscalls() is false: a test that judges by the call's name
 *   then ends with not_checked().
 */
#ifndef HARNESS_PROC_H
#define HARNESS_PROC_H

#include "client.h"
#include "subject.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* ---- One process ---- */

/* 'R', 'S', 'D', 'T', 'Z', ... as in ps(1); 0 if there is no such process. */
char proc_state(pid_t pid);

bool proc_can_see_syscalls(pid_t pid);
/* "pselect6", "sendfile", ...; "running" between calls; "call 123" if we have
   no name for it; "?" if it cannot be seen. */
const char *proc_syscall_name(pid_t pid);
bool proc_is_parked(pid_t pid);
/* In words: "sleeps in pselect6()", "runs", "is stopped", "is gone". */
char *proc_describe(pid_t pid);

/* Processes it has started that are still there, zombies too. */
size_t proc_children(pid_t pid, pid_t *pids, size_t pid_max);

int64_t proc_cpu_ns(pid_t pid); /* time spent on a CPU so far */
/* The share of the time that it spends on a CPU from now on for so long: near
   0 when it sleeps, 1 when it spins. For this one it is right to wait. */
double proc_cpu_share(pid_t pid, int window_ms);

int64_t proc_memory_kib(pid_t pid);         /* resident: VmRSS */
int64_t proc_voluntary_switches(pid_t pid); /* how often it went to sleep */
/* Is the signal in "SigBlk", "SigIgn", "SigCgt", "SigPnd" or "ShdPnd"? */
bool proc_signal_is(pid_t pid, const char *set, int signal_number);
/* A number of /proc/PID/status, such as "Threads" or "VmSize"; or -1. */
int64_t proc_status_number(pid_t pid, const char *name);

/* ---- Its descriptors ---- */

size_t proc_fd_count(pid_t pid);
/* The highest one; -1: none. */
int proc_fd_highest(pid_t pid);
/* What it is: "socket:[1234]", "/dev/null", "anon_inode:[eventpoll]"; NULL: not
   open. */
char *proc_fd_target(pid_t pid, int fd);
/* The descriptor open on this socket, or -1. */
int proc_fd_of_socket(pid_t pid, uint64_t inode);
/* A descriptor whose target begins with this, from `from_fd` on; -1: none. */
int proc_fd_find(pid_t pid, const char *target_begin, int from_fd);
/* The flags of open(2), as fcntl(F_GETFL) would say, with O_CLOEXEC; -1. */
int proc_fd_flags(pid_t pid, int fd);

/* ---- The server's side of a connection ---- */

struct proc_socket {
	int state; /* TCP_ESTABLISHED, TCP_CLOSE_WAIT, ...: netinet/tcp.h */
	uint64_t inode;   /* 0: not accepted yet, or closed by all */
	unsigned unread;  /* bytes that came and were not read */
	unsigned unacked; /* bytes written that we have not acknowledged */
};

/* Says whether the kernel still knows it. */
bool proc_server_socket(const struct subject *server,
                        const struct client *client,
                        struct proc_socket *socket);
/* The process of the server that holds it; 0: none. */
pid_t proc_holder(const struct subject *server, const struct client *client);

/* The listening socket. How many connections wait for accept(); -1: there is
   none. */
int proc_waiting_clients(const struct subject *server);
/* "2 clients wait for accept()". */
char *proc_describe_queue(const struct subject *server);
uint64_t proc_listener_inode(const struct subject *server);

/* ---- Barriers ---- */

/* Every process of the server is parked. */
void proc_wait_parked(const struct subject *server);
/* All that this client sent has been read, and the server is parked. */
void proc_wait_consumed(const struct subject *server, struct client *client);
/* The server has more to send than we take: something is unacknowledged or
   unsent, stays so, and the server is parked: its write said EAGAIN. */
void proc_wait_stuck(const struct subject *server, const struct client *client);
/* The connection has been accepted, and the server is parked. */
void proc_wait_accepted(const struct subject *server,
                        const struct client *client);
/* No process of the server holds the connection any more. */
void proc_wait_closed(const struct subject *server,
                      const struct client *client);
void proc_wait_fd_count(pid_t pid, size_t count);
void proc_wait_waiting_clients(const struct subject *server, int count);

/* SIGSTOP, and waits until it is stopped; SIGCONT. Stopping the main process
   does not stop workers. Meanwhile events pile up and then come in one batch.
   (epoll_wait then also says EINTR; select does not.) */
void proc_stop(pid_t pid);
void proc_continue(pid_t pid);

#endif
