/*
 * proc.c - what the kernel knows about a process and its sockets; see proc.h.
 */
#define _GNU_SOURCE
#include "proc.h"

#include "diag.h"
#include "graded.h"
#include "wait.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	PIDS_MAX = 1024,
	STUCK_LOOKS = 100, /* so often the same: then it will stay so */
};

/* Calls in which a server may be found, by this machine's numbers. */
static const struct {
	long number;
	const char *name;
	bool waits; /* for events */
} calls[] = {
#ifdef SYS_select
	{SYS_select, "select", true},
#endif
#ifdef SYS_pselect6
	{SYS_pselect6, "pselect6", true},
#endif
#ifdef SYS_poll
	{SYS_poll, "poll", true},
#endif
#ifdef SYS_ppoll
	{SYS_ppoll, "ppoll", true},
#endif
#ifdef SYS_epoll_wait
	{SYS_epoll_wait, "epoll_wait", true},
#endif
#ifdef SYS_epoll_pwait
	{SYS_epoll_pwait, "epoll_pwait", true},
#endif
#ifdef SYS_epoll_pwait2
	{SYS_epoll_pwait2, "epoll_pwait2", true},
#endif
#ifdef SYS_io_uring_enter
	{SYS_io_uring_enter, "io_uring_enter", true},
#endif
#ifdef SYS_pause
	{SYS_pause, "pause", false},
#endif
#ifdef SYS_open
	{SYS_open, "open", false},
#endif
#ifdef SYS_fork
	{SYS_fork, "fork", false},
#endif
#ifdef SYS_accept
	{SYS_accept, "accept", false},
#endif
#ifdef SYS_accept4
	{SYS_accept4, "accept4", false},
#endif
#ifdef SYS_openat2
	{SYS_openat2, "openat2", false},
#endif
	{SYS_read, "read", false},
	{SYS_readv, "readv", false},
	{SYS_recvfrom, "recvfrom", false},
	{SYS_recvmsg, "recvmsg", false},
	{SYS_write, "write", false},
	{SYS_writev, "writev", false},
	{SYS_sendto, "sendto", false},
	{SYS_sendmsg, "sendmsg", false},
	{SYS_sendfile, "sendfile", false},
	{SYS_splice, "splice", false},
	{SYS_openat, "openat", false},
	{SYS_close, "close", false},
	{SYS_connect, "connect", false},
	{SYS_wait4, "wait4", false},
	{SYS_waitid, "waitid", false},
	{SYS_futex, "futex", false},
	{SYS_flock, "flock", false},
	{SYS_fsync, "fsync", false},
	{SYS_nanosleep, "nanosleep", false},
	{SYS_clock_nanosleep, "clock_nanosleep", false},
	{SYS_rt_sigsuspend, "rt_sigsuspend", false},
	{SYS_rt_sigtimedwait, "rt_sigtimedwait", false},
};

/* ---- One process ---- */

/* The first bytes of a file in /proc/PID, as text; "" if it cannot be read. */
static void
read_proc(pid_t pid, const char *name, char *text, size_t text_bytes)
{
	char path[64];
	ssize_t got = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd != -1) {
		got = read(fd, text, text_bytes - 1);
		close(fd);
	}
	text[got < 0 ? 0 : got] = '\0';
}

char
proc_state(pid_t pid)
{
	char text[512];
	const char *after;

	read_proc(pid, "stat", text, sizeof(text));
	after = strrchr(text, ')'); /* the name may hold any byte */
	return after == NULL || after[1] == '\0' ? 0 : after[2];
}

/* The number of the call that it is in; -1: in none; -2: cannot be seen. */
static long
call_number(pid_t pid)
{
	char text[256];

	read_proc(pid, "syscall", text, sizeof(text));
	if (*text == '\0')
		return -2;
	return *text == 'r' ? -1 : atol(text);
}

bool
proc_can_see_syscalls(pid_t pid)
{
	return call_number(pid) != -2;
}

const char *
proc_syscall_name(pid_t pid)
{
	long number = call_number(pid);

	if (number < 0)
		return number == -1 ? "running" : "?";
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		if (calls[i].number == number)
			return calls[i].name;
	}
	return text_print("call %ld", number);
}

static bool
is_wait_call(long number)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		if (calls[i].number == number)
			return calls[i].waits;
	}
	return false;
}

/* Where calls cannot be seen: it sleeps, and has not run meanwhile. */
static bool
seems_parked(pid_t pid)
{
	int64_t before_ns = proc_cpu_ns(pid);

	for (int i = 0; i < 20; i++) {
		if (proc_state(pid) != 'S')
			return false;
		wait_nap();
	}
	return proc_cpu_ns(pid) == before_ns;
}

bool
proc_is_parked(pid_t pid)
{
	long number = call_number(pid);

	if (number == -2)
		return seems_parked(pid);
	return is_wait_call(number) && proc_state(pid) == 'S';
}

char *
proc_describe(pid_t pid)
{
	switch (proc_state(pid)) {
	case 0:
		return text_print("is gone");
	case 'Z':
	case 'X':
		return text_print("has ended");
	case 'T':
	case 't':
		return text_print("is stopped");
	case 'R':
		return text_print("is running");
	}
	if (!proc_can_see_syscalls(pid))
		return text_print("sleeps");
	return text_print("sleeps in %s()", proc_syscall_name(pid));
}

size_t
proc_children(pid_t pid, pid_t *pids, size_t pid_max)
{
	char path[64];
	size_t count = 0;
	FILE *file;
	int child;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	file = fopen(path, "re");
	while (file != NULL && count < pid_max &&
	       fscanf(file, "%d", &child) == 1)
		pids[count++] = child;
	if (file != NULL)
		fclose(file);
	return count;
}

int64_t
proc_cpu_ns(pid_t pid)
{
	char text[128];

	read_proc(pid, "schedstat", text, sizeof(text));
	return atoll(text);
}

double
proc_cpu_share(pid_t pid, int window_ms)
{
	int64_t begin_ms = wait_now_ms();
	int64_t begin_ns = proc_cpu_ns(pid);
	int64_t passed_ms;

	while ((passed_ms = wait_now_ms() - begin_ms) < window_ms)
		usleep((useconds_t)(window_ms - passed_ms) * 1000);
	return (double)(proc_cpu_ns(pid) - begin_ns) / 1e6 / (double)passed_ms;
}

/* The text behind "Name:" in /proc/PID/status, or NULL. */
static char *
status_text(pid_t pid, const char *name)
{
	static char text[8192];
	char *line;

	read_proc(pid, "status", text, sizeof(text));
	for (line = strtok(text, "\n"); line != NULL;
	     line = strtok(NULL, "\n")) {
		size_t length = strlen(name);

		if (strncmp(line, name, length) == 0 && line[length] == ':')
			return line + length + 1;
	}
	return NULL;
}

int64_t
proc_status_number(pid_t pid, const char *name)
{
	const char *text = status_text(pid, name);

	return text == NULL ? -1 : atoll(text);
}

int64_t
proc_memory_kib(pid_t pid)
{
	return proc_status_number(pid, "VmRSS");
}

int64_t
proc_voluntary_switches(pid_t pid)
{
	return proc_status_number(pid, "voluntary_ctxt_switches");
}

bool
proc_signal_is(pid_t pid, const char *set, int signal_number)
{
	const char *text = status_text(pid, set);
	uint64_t bits = text == NULL ? 0 : strtoull(text, NULL, 16);

	return (bits >> (signal_number - 1) & 1) != 0;
}

/* ---- Its descriptors ---- */

/* The next descriptor's number in /proc/PID/fd; -1: that was the last. */
static int
next_fd(DIR *folder)
{
	struct dirent *entry;

	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] != '.')
			return atoi(entry->d_name);
	}
	return -1;
}

static DIR *
open_fds(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	return opendir(path);
}

static void
close_fds(DIR *folder)
{
	if (folder != NULL)
		closedir(folder);
}

size_t
proc_fd_count(pid_t pid)
{
	DIR *folder = open_fds(pid);
	size_t count = 0;

	while (next_fd(folder) != -1)
		count++;
	close_fds(folder);
	return count;
}

int
proc_fd_highest(pid_t pid)
{
	DIR *folder = open_fds(pid);
	int highest = -1;
	int fd;

	while ((fd = next_fd(folder)) != -1)
		highest = fd > highest ? fd : highest;
	close_fds(folder);
	return highest;
}

/* Says whether it is open. */
static bool
read_fd(pid_t pid, int fd, char *target, size_t target_bytes)
{
	char path[64];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
	length = readlink(path, target, target_bytes - 1);
	target[length < 0 ? 0 : length] = '\0';
	return length != -1;
}

char *
proc_fd_target(pid_t pid, int fd)
{
	char target[PATH_MAX];

	if (!read_fd(pid, fd, target, sizeof(target)))
		return NULL;
	return text_print("%s", target);
}

/* The lowest from from_fd on whose target begins so. */
int
proc_fd_find(pid_t pid, const char *target_begin, int from_fd)
{
	DIR *folder = open_fds(pid);
	char target[PATH_MAX];
	int found = -1;
	int fd;

	while ((fd = next_fd(folder)) != -1) {
		if (fd >= from_fd && (found == -1 || fd < found) &&
		    read_fd(pid, fd, target, sizeof(target)) &&
		    strncmp(target, target_begin, strlen(target_begin)) == 0)
			found = fd;
	}
	close_fds(folder);
	return found;
}

int
proc_fd_of_socket(pid_t pid, uint64_t inode)
{
	char target[64];

	snprintf(target, sizeof(target), "socket:[%llu]",
	         (unsigned long long)inode);
	return proc_fd_find(pid, target, 0);
}

int
proc_fd_flags(pid_t pid, int fd)
{
	char name[64], text[512];
	const char *flags;

	snprintf(name, sizeof(name), "fdinfo/%d", fd);
	read_proc(pid, name, text, sizeof(text));
	flags = strstr(text, "flags:");
	return flags == NULL ? -1 : (int)strtoul(flags + 6, NULL, 8);
}

/* ---- The server's side of a connection ---- */

/* "0100007F:1F90", as /proc/net/tcp and tcp6 print an address. */
static void
print_kernel_address(const struct sockaddr *address, char text[64])
{
	const struct sockaddr_in *v4 = (const void *)address;
	const struct sockaddr_in6 *v6 = (const void *)address;
	uint32_t word[4];

	if (address->sa_family == AF_INET) {
		snprintf(text, 64, "%08X:%04X", v4->sin_addr.s_addr,
		         ntohs(v4->sin_port));
		return;
	}
	memcpy(word, &v6->sin6_addr, sizeof(word));
	snprintf(text, 64, "%08X%08X%08X%08X:%04X", word[0], word[1], word[2],
	         word[3], ntohs(v6->sin6_port));
}

/* One line of /proc/net/tcp. */
struct row {
	char local[64];
	char remote[64];
	unsigned state, tx_queue, rx_queue;
	unsigned long long inode;
};

/* Calls `look` for each line until it says true; says whether it did. */
static bool
search_rows(int family, bool (*look)(const struct row *, void *), void *context)
{
	FILE *file = fopen(
		family == AF_INET ? "/proc/net/tcp" : "/proc/net/tcp6", "re");
	bool found = false;
	char line[512];
	struct row row;

	while (!found && file != NULL &&
	       fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line,
		           " %*d: %63s %63s %x %x:%x %*x:%*x %*x %*u %*u %llu",
		           row.local, row.remote, &row.state, &row.tx_queue,
		           &row.rx_queue, &row.inode) == 6)
			found = look(&row, context);
	}
	if (file != NULL)
		fclose(file);
	return found;
}

struct pair {
	char local[64];
	char remote[64];
	struct row row;
};

static bool
is_pair(const struct row *row, void *context)
{
	struct pair *pair = context;

	if (strcmp(row->local, pair->local) != 0 ||
	    strcmp(row->remote, pair->remote) != 0)
		return false;
	pair->row = *row;
	return true;
}

bool
proc_server_socket(const struct subject *server, const struct client *client,
                   struct proc_socket *socket)
{
	const struct sockaddr *address = subject_address(server, NULL);
	struct sockaddr_storage ours;
	struct pair pair;

	client_address(client, &ours);
	memset(socket, 0, sizeof(*socket));
	int found = diag_find(address, (struct sockaddr *)&ours, socket);
	if (found != -1)
		return found == 1;
	print_kernel_address(address, pair.local);
	print_kernel_address((struct sockaddr *)&ours, pair.remote);
	if (!search_rows(address->sa_family, is_pair, &pair))
		return false;
	socket->state = (int)pair.row.state;
	socket->inode = pair.row.inode;
	socket->unread = pair.row.rx_queue;
	socket->unacked = pair.row.tx_queue;
	return true;
}

pid_t
proc_holder(const struct subject *server, const struct client *client)
{
	struct proc_socket socket;
	pid_t pids[PIDS_MAX];
	size_t count;

	if (!proc_server_socket(server, client, &socket) || socket.inode == 0)
		return 0;
	count = subject_pids(server, pids, PIDS_MAX);
	for (size_t i = 0; i < count; i++) {
		if (proc_fd_of_socket(pids[i], socket.inode) != -1)
			return pids[i];
	}
	return 0;
}

struct listening {
	char port[8]; /* ":1F90" */
	int waiting;
	uint64_t inode;
};

static bool
add_listener(const struct row *row, void *context)
{
	struct listening *listening = context;

	if (row->state != TCP_LISTEN)
		return true; /* they come first: there are no more */
	if (strcmp(strchr(row->local, ':'), listening->port) == 0) {
		if (listening->waiting == -1)
			listening->waiting = 0;
		listening->waiting += (int)row->rx_queue;
		listening->inode = row->inode;
	}
	return false;
}

static struct listening
find_listener(const struct subject *server)
{
	struct listening listening = {.waiting = -1};

	snprintf(listening.port, sizeof(listening.port), ":%04X",
	         (unsigned)subject_port(server) & 0xffff);
	search_rows(subject_address(server, NULL)->sa_family, add_listener,
	            &listening);
	return listening;
}

int
proc_waiting_clients(const struct subject *server)
{
	return find_listener(server).waiting;
}

uint64_t
proc_listener_inode(const struct subject *server)
{
	return find_listener(server).inode;
}

/* ---- Barriers ---- */

/* The first process of the server that is not parked; 0: all are. */
static pid_t
find_busy(const struct subject *server)
{
	pid_t pids[PIDS_MAX];
	size_t count = subject_pids(server, pids, PIDS_MAX);

	if (count == 0)
		return subject_pid(server);
	for (size_t i = 0; i < count; i++) {
		if (!proc_is_parked(pids[i]))
			return pids[i];
	}
	return 0;
}

/* A failure is about the process that keeps us waiting. */
static char *
describe_busy(const struct subject *server)
{
	pid_t pid = find_busy(server);

	if (pid == 0)
		return text_print("waits for events");
	if (pid == subject_pid(server))
		return proc_describe(pid);
	return text_print("has a process, %d, that %s", pid,
	                  proc_describe(pid));
}

void
proc_wait_parked(const struct subject *server)
{
	WAIT_UNTIL(find_busy(server) == 0,
	           "The server has nothing left to do and should wait for "
	           "events (in select, poll or epoll_wait); it %s.",
	           describe_busy(server));
}

static unsigned
unread_bytes(const struct subject *server, const struct client *client)
{
	struct proc_socket socket;

	return proc_server_socket(server, client, &socket) ? socket.unread : 0;
}

void
proc_wait_consumed(const struct subject *server, struct client *client)
{
	client_wait_delivered(client);
	WAIT_UNTIL(unread_bytes(server, client) == 0,
	           "%s The server should have read all of it; %u bytes it has "
	           "not, and it %s.",
	           client_story(client), unread_bytes(server, client),
	           describe_busy(server));
	WAIT_UNTIL(find_busy(server) == 0,
	           "%s The server has read all of it and should wait for "
	           "events (in select, poll or epoll_wait); it %s.",
	           client_story(client), describe_busy(server));
}

/* What lies unsent or unacknowledged, 0 while the server is busy. */
static unsigned
stuck_bytes(const struct subject *server, const struct client *client)
{
	struct proc_socket socket;

	if (find_busy(server) != 0 ||
	    !proc_server_socket(server, client, &socket))
		return 0;
	return socket.unacked;
}

static bool
stays_stuck(const struct subject *server, const struct client *client)
{
	unsigned bytes = stuck_bytes(server, client);

	for (int i = 0; i < STUCK_LOOKS; i++) {
		if (bytes == 0 || stuck_bytes(server, client) != bytes)
			return false;
		wait_nap();
	}
	return true;
}

void
proc_wait_stuck(const struct subject *server, const struct client *client)
{
	WAIT_UNTIL(stays_stuck(server, client),
	           "The client does not read its answer. The server should "
	           "have sent what the kernel takes, and then wait for events; "
	           "it %s, and %u bytes are on their way. %s",
	           describe_busy(server), stuck_bytes(server, client),
	           client_story(client));
}

char *
proc_describe_queue(const struct subject *server)
{
	int count = proc_waiting_clients(server);

	if (count == -1)
		return "Its port is closed";
	return text_print("%d client%s for accept()", count,
	                  count == 1 ? " waits" : "s wait");
}

void
proc_wait_accepted(const struct subject *server, const struct client *client)
{
	WAIT_UNTIL(proc_holder(server, client) != 0,
	           "A client has connected and should have been accepted. "
	           "%s; the server %s.",
	           proc_describe_queue(server), describe_busy(server));
	proc_wait_parked(server);
}

void
proc_wait_closed(const struct subject *server, const struct client *client)
{
	WAIT_UNTIL(proc_holder(server, client) == 0,
	           "The server should have closed its descriptor of this "
	           "client; it has not, and it %s. %s",
	           describe_busy(server), client_story(client));
}

void
proc_wait_fd_count(pid_t pid, size_t count)
{
	WAIT_UNTIL(proc_fd_count(pid) == count,
	           "The process should have %zu descriptors open; it has %zu.",
	           count, proc_fd_count(pid));
}

void
proc_wait_waiting_clients(const struct subject *server, int count)
{
	WAIT_UNTIL(proc_waiting_clients(server) == count,
	           "%d clients should be waiting for accept(). %s; the server "
	           "%s.",
	           count, proc_describe_queue(server), describe_busy(server));
}

void
proc_stop(pid_t pid)
{
	if (kill(pid, SIGSTOP) == -1)
		fail_test("A process of the server should be running; it %s.",
		          proc_describe(pid));
	WAIT_UNTIL(proc_state(pid) == 'T',
	           "A process of the server got SIGSTOP; it %s.",
	           proc_describe(pid));
}

void
proc_continue(pid_t pid)
{
	kill(pid, SIGCONT);
}
