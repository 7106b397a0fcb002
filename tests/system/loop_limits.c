/*
 * loop_limits.c - too many clients, no descriptor left, no memory to be got.
 */
#define _GNU_SOURCE
#include "harness/client.h"
#include "harness/graded.h"
#include "harness/proc.h"
#include "harness/root.h"
#include "harness/subject.h"
#include "harness/wait.h"
#include "loop_tools.h"

#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

/* ---- 1.13: no descriptor left ---- */

/* From now on this process gets no descriptor beyond those it has, but for gaps
   among their numbers. */
static void
limit_descriptors(pid_t pid)
{
	struct rlimit limit;

	if (prlimit(pid, RLIMIT_NOFILE, NULL, &limit) == -1)
		err(1, "prlimit");
	limit.rlim_cur = (rlim_t)proc_fd_highest(pid) + 1;
	if (prlimit(pid, RLIMIT_NOFILE, &limit, NULL) == -1)
		not_checked("the limit of another process's descriptors cannot "
		            "be set here: %s",
		            strerror(errno));
}

/*
 * Sets the limit of the process that serves, and then connects clients that
 * send half a request, until one does not get in any more: the others fill the
 * gaps. Returns that one.
 */
static struct client *
fill_descriptors(struct subject *server, pid_t pid)
{
	enum { MORE_MAX = 20 };

	limit_descriptors(pid);
	for (int i = 0; i < MORE_MAX; i++) {
		struct client *client = client_connect(server);
		send_half(client);
		if (!WAIT_FOR(proc_holder(server, client) == pid ||
		              all_are_parked(server)))
			fail_test(
				"A client is connected, and the server's limit "
				"of descriptors was set to as many as it has. "
				"Then another client connected: accept() says "
				"EMFILE. The server should sleep; it %s.",
				describe_all(server));
		if (proc_holder(server, client) != pid)
			return client;
	}
	not_checked("the server still has descriptors after %d more clients",
	            MORE_MAX);
}

/* Without a descriptor for the file it may have to say 503. */
static void
expect_any_answer(const struct subject *server, struct client *client,
                  const char *done)
{
	WAIT_UNTIL(client_has_input(client),
	           "%s It should be answered. %s; the server %s.", done,
	           proc_describe_queue(server), describe_all(server));
	int status = client_receive(client)->status;
	if (status != 200 && status != 503)
		fail_test("%s It should be answered with 200 or 503; the "
		          "status was %d.",
		          done, status);
}

SYSTEM(1_13, no_descriptor_left, 2, "1.1-1.8, 1.11-1.13, 4.7",
       "When the process has no descriptor left, clients wait until one is "
       "free; the server does not spin and does not end.")
{
	struct subject *server = start_one_worker(LONG_TIMEOUTS, NULL);
	struct client *first = client_connect(server);

	send_half(first);
	proc_wait_accepted(server, first);
	struct client *waiting =
		fill_descriptors(server, proc_holder(server, first));
	expect_at_rest(server, 300, 30,
	               "A client is connected, and the server's limit of "
	               "descriptors was set to as many as it has. Then another "
	               "client connected: accept() says EMFILE.");
	client_expect_nothing(waiting);

	/* It hears the others meanwhile. */
	send_other_half(first);
	expect_any_answer(server, first,
	                  "The server had no descriptor left, and a client "
	                  "waited for accept(). Then one that is connected "
	                  "sent the rest of its request.");
	client_close(first);
	send_other_half(waiting);
	expect_any_answer(server, waiting,
	                  "The server had no descriptor left, and a client "
	                  "waited. Then another client left.");
}

CONTRACT(descriptor_freed_elsewhere, "1.1-1.8, 1.11-1.13, 4.7",
         "When descriptors can be had again although no connection was "
         "closed, the clients that wait are served.")
{
	struct subject *server = start_one_worker(LONG_TIMEOUTS, NULL);
	struct client *first = client_connect(server);

	proc_wait_accepted(server, first);
	pid_t pid = proc_holder(server, first);
	struct client *waiting = fill_descriptors(server, pid);
	prlimit(pid, RLIMIT_NOFILE,
	        &(struct rlimit){.rlim_cur = 512, .rlim_max = 512}, NULL);
	send_other_half(waiting);
	expect_hello(server, waiting,
	             "The server had no descriptor left (accept() said "
	             "EMFILE), and a client waited. Then the limit was raised, "
	             "and nothing else happened: the server should look by "
	             "itself every 100 ms.");
}

/* ---- Many clients ---- */

CONTRACT(many_idle_few_active, "1.1-1.8, 1.10",
         "900 idle connections keep nobody waiting.")
{
	enum { IDLE = 900, ACTIVE = 16, ROUNDS = 5 };
	static struct client *idle[IDLE];
	struct client *active[ACTIVE];

	need_descriptors(IDLE + ACTIVE + 100);
	struct subject *server = subject_start(NULL, NULL);
	for (int i = 0; i < IDLE; i++) {
		idle[i] = client_connect(server);
		ask_hello(idle[i], "");
	}
	for (int i = 0; i < IDLE; i++)
		expect_hello(server, idle[i],
		             text_print("Idle connection number %d was made "
		                        "and asked.",
		                        i + 1));
	for (int i = 0; i < ACTIVE; i++)
		active[i] = client_connect(server);
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < ACTIVE; i++)
			ask_hello(active[i], "");
		for (int i = 0; i < ACTIVE; i++)
			expect_hello(server, active[i],
			             "900 connections are idle, and 16 others "
			             "ask.");
	}
	for (int i = 0; i < IDLE; i += 100) {
		ask_hello(idle[i], "");
		expect_hello(server, idle[i],
		             "900 connections are idle. Then one of them asks "
		             "again.");
	}
	expect_at_rest(server, 100, 10, "900 connections are idle.");
}

CONTRACT(one_at_a_time, "1.1-1.8, 1.10, 4.7",
         "With room for one client, clients are served one after the other.")
{
	enum { COUNT = 10 };
	struct subject *server =
		start_one_worker("--connections=1", LONG_TIMEOUTS);
	struct client *clients[COUNT];

	for (int i = 0; i < COUNT; i++) {
		clients[i] = client_connect(server);
		ask_hello(clients[i], "");
	}
	for (int i = 0; i < COUNT; i++) {
		expect_hello(server, clients[i],
		             text_print("The server has room for one client "
		                        "(--connections=1); %d came. This is "
		                        "number %d.",
		                        COUNT, i + 1));
	}
}

/* Connects, sends, reads to the end of the stream or up to one answer, and
   resets, so that the kernel keeps nothing. Says whether "200" came. */
static bool
short_visit(const struct subject *server, const char *request)
{
	static const struct linger at_once = {.l_onoff = 1};
	socklen_t address_bytes;
	const struct sockaddr *address =
		subject_address(server, &address_bytes);
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct timeval patience = {
		.tv_sec = (time_t)(patient_ms(WAIT_GIVE_UP_MS) / 1000)};
	char answer[4096];

	if (fd == -1)
		err(1, "socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	bool is_served = connect(fd, address, address_bytes) == 0 &&
	                 send(fd, request, strlen(request), MSG_NOSIGNAL) > 0 &&
	                 recv(fd, answer, sizeof answer, 0) > 12 &&
	                 memcmp(answer, "HTTP/1.1 200", 12) == 0;
	close(fd);
	return is_served;
}

static const char hello[] = "GET /hello.txt HTTP/1.1\r\nHost: t\r\n\r\n";
static const char last_hello[] = "GET /hello.txt HTTP/1.1\r\nHost: t\r\n"
				 "Connection: close\r\n\r\n";

CONTRACT(short_connections_leave_nothing, "1.1-1.8",
         "However many clients come and go, no descriptor is left behind.")
{
	enum { COUNT = 3000 };
	struct subject *server = subject_start(NULL, NULL);

	expect_service(server, "A first client asked.");
	proc_wait_parked(server);
	size_t fds = all_fds(server);
	for (int i = 0; i < COUNT; i++)
		if (!short_visit(server, i % 2 == 0 ? hello : last_hello))
			fail_test("Clients came, asked and went, one after the "
			          "other; number %d was not served. The server "
			          "%s, and has %zu descriptors open.",
			          i + 1, describe_all(server), all_fds(server));
	wait_all_fds(server, fds, "3000 clients came and went.");
}

CONTRACT(few_descriptors_do, "1.1-1.8, 1.13",
         "With a limit of 64 descriptors 200 clients in a row are served.")
{
	struct subject *server = subject_start_with(&(struct subject_options){
		.nofile_soft = 64, .nofile_hard = 64});

	for (int i = 0; i < 200; i++)
		if (!short_visit(server, i % 2 == 0 ? hello : last_hello))
			fail_test(
				"The server may have 64 descriptors. Clients "
				"came and went, one after the other; number "
				"%d was not served. The server %s, and has %zu "
				"open.",
				i + 1, describe_all(server), all_fds(server));
}

/* ---- Memory ---- */

/* KiB of all processes: of the field in /proc/PID/smaps_rollup or status. */
static int64_t
all_kib(const struct subject *server, const char *file, const char *field)
{
	pid_t pids[64];
	size_t count = subject_pids(server, pids, 64);
	int64_t sum = 0;

	for (size_t i = 0; i < count; i++) {
		char path[64];
		char line[256];
		snprintf(path, sizeof path, "/proc/%d/%s", (int)pids[i], file);
		FILE *stream = fopen(path, "re");
		if (stream == NULL)
			not_checked("%s: %s", path, strerror(errno));
		while (fgets(line, sizeof line, stream) != NULL) {
			long long kib;
			if (strncmp(line, field, strlen(field)) == 0 &&
			    sscanf(line + strlen(field), ": %lld", &kib) == 1)
				sum += kib;
		}
		fclose(stream);
	}
	return sum;
}

/* Requests of all kinds, most of them in one connection. */
static void
make_all_kinds(struct subject *server)
{
	static const struct {
		const char *method, *target, *fields;
	} kinds[] = {
		{"GET", "/hello.txt", ""},
		{"HEAD", "/hello.txt", ""},
		{"GET", "/", ""},
		{"GET", "/large.bin", ""},
		{"GET", "/large.bin", "Range: bytes=10-70000\r\n"},
		{"GET", "/large.bin", "Range: bytes=999999999-\r\n"},
		{"GET", "/folder", ""},
		{"GET", "/folder/", ""},
		{"GET", "/none.txt", ""},
		{"GET", "/hello.txt", "If-None-Match: *\r\n"},
		{"GET", "/hello.txt",
	         "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"},
		{"DELETE", "/hello.txt", ""},
		{"GET", "/.stats", ""},
		{"GET", "/hello.txt", "Connection: close\r\n"},
	};
	struct client *client = client_connect(server);

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		client_request(client, kinds[i].method, kinds[i].target,
		               kinds[i].fields);
		client_receive(client);
	}
	client_expect_end(client);
	client_reset(client);
	short_visit(server, "nonsense\r\n\r\n");
	short_visit(server, "GET /hello.txt HTTP/1.0\r\n\r\n");
	short_visit(server, "GET /large.bin HTTP/1.1\r\nHost: t\r\n\r\n");
}

CONTRACT(no_memory_after_the_start, "1.1-1.10",
         "After its start the server allocates nothing.")
{
	root_folder("folder");
	root_pattern("large.bin", 200000, 1);
	struct subject *server = subject_start("--experiments", NULL);

	for (int i = 0; i < 5; i++)
		make_all_kinds(server);
	int64_t data_kib = all_kib(server, "status", "VmData");
	int64_t size_kib = all_kib(server, "status", "VmSize");
	for (int i = 0; i < 60; i++)
		make_all_kinds(server);
	int64_t data_now_kib = all_kib(server, "status", "VmData");
	int64_t size_now_kib = all_kib(server, "status", "VmSize");
	if (data_now_kib > data_kib || size_now_kib > size_kib)
		fail_test(
			"After some requests of all kinds the server had "
			"%lld KiB of data and %lld KiB of memory in all. "
			"After 1000 more it has %lld and %lld. It should have "
			"asked for all its memory at the start.",
			(long long)data_kib, (long long)size_kib,
			(long long)data_now_kib, (long long)size_now_kib);
}

CONTRACT(idle_connections_hold_no_buffer, "1.1-1.8, 1.10",
         "A connection that is idle costs the server next to no memory.")
{
	enum { COUNT = 500, EACH_MAX_KIB = 2 };

	need_descriptors(COUNT + 100);
	struct subject *server = subject_start(NULL, NULL);
	for (int i = 0; i < 10; i++)
		expect_service(server, "A first client asked.");
	int64_t kib = all_kib(server, "smaps_rollup", "Rss");
	for (int i = 0; i < COUNT; i++) {
		struct client *client = client_connect(server);
		ask_hello(client, "");
		expect_hello(server, client,
		             text_print("Connection number %d asked; the "
		                        "others are idle.",
		                        i + 1));
	}
	proc_wait_parked(server);
	int64_t more_kib = all_kib(server, "smaps_rollup", "Rss") - kib;
	if (more_kib > COUNT * EACH_MAX_KIB)
		fail_test("500 clients asked, one at a time, and stay "
		          "connected. The server uses %lld KiB more than "
		          "before, %lld bytes for each of them: it keeps a "
		          "buffer for a connection that does nothing. %d bytes "
		          "would do.",
		          (long long)more_kib, (long long)more_kib * 1024 / 500,
		          EACH_MAX_KIB * 1024);
}
