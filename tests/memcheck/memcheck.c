/*
 * memcheck.c - the server's whole life under valgrind(1), to a clean end.
 *
 * Each test starts a server (through valgrind.sh), does something with it,
 * stops it and then reads what valgrind has written about each of its processes
 * (logs.h): not one error, nothing left allocated, nothing left open.
 */
#define _GNU_SOURCE
#include "logs.h"

#include "faults/meddle.h"
#include "faults/workload.h"
#include "harness/client.h"
#include "harness/graded.h"
#include "harness/proc.h"
#include "harness/root.h"
#include "harness/subject.h"
#include "harness/wait.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

enum {
	CONNECTIONS = 50,
	ERROR_EXIT = 99, /* valgrind.sh: there were errors */
};

static bool are_logs_read;

/* A test that fails for another reason still says what valgrind saw. */
static void
tell_findings(void)
{
	char *text = are_logs_read ? "" : logs_findings_so_far();

	if (*text != '\0')
		fprintf(stderr, "valgrind says:\n%s", text);
}

/* Starts one; timeouts NULL: as usual. */
static struct subject *
start(const char *timeouts)
{
	char *logs = text_print("MEMCHECK_LOGS=%s", scratch_path());
	const char *const environment[] = {logs, NULL};
	const char *const arguments[] = {
		"--connections",
		text_print("%d", CONNECTIONS),
		"--experiments",
		"--timeouts",
		timeouts == NULL ? "60,60,60,60" : timeouts,
		NULL,
	};
	const struct subject_options options = {
		.arguments = arguments,
		.environment = environment,
	};

	workload_prepare();
	atexit(tell_findings);
	return subject_start_with(&options);
}

static struct logs
logs_of(const struct subject *server)
{
	struct logs logs = {.pid_count = 0};

	logs.pid_count = subject_pids(server, logs.pids, LOGS_PIDS_MAX);
	return logs;
}

/* The server has been asked to end. It does, and all is as it should be. */
static void
check_end(struct subject *server, const struct logs *logs)
{
	struct subject_end end = subject_wait_end(server);
	char *findings = logs_findings(logs);

	are_logs_read = true;
	if (*findings != '\0')
		fail_test("The server ran under valgrind and was stopped. "
		          "valgrind says:\n%s",
		          findings);
	if (WIFEXITED(end.status) && WEXITSTATUS(end.status) == ERROR_EXIT)
		fail_test("The server ran under valgrind, which counted errors "
		          "that are not in its logs, %s/valgrind.*",
		          scratch_path());
	subject_wait_exit(server, 0);
}

/* SIGTERM while an answer is in flight, and what comes of it. */
static void
stop(const struct workload *load)
{
	struct logs logs = logs_of(load->server);

	workload_stop(load);
	check_end(load->server, &logs);
}

CONTRACT(memcheck_answers, "1.1-1.10",
         "Files, parts of files, 304, pipelining: no error, nothing is left.",
         .timeout = 120)
{
	const struct workload load = {.server = start(NULL)};

	workload_files(&load);
	workload_pipeline(&load);
	workload_ranges(&load);
	workload_unchanged(&load);
	workload_many_files(&load);
	workload_drip(&load);
	stop(&load);
}

CONTRACT(memcheck_errors, "1.1-1.10",
         "Error answers: no error of memory, nothing is left.", .timeout = 120)
{
	const struct workload load = {.server = start(NULL)};

	for (int i = 0; i < 3; i++) {
		workload_errors(&load);
		expect_status(client_get(load.server, "/.stats"), 200);
		expect_status(client_get(load.server, "/.burn?ms=1"), 200);
		expect_status(client_get(load.server, "/.burn?ms=x"), 400);
	}
	stop(&load);
}

/* More clients after each other than there is room for at once. */
CONTRACT(
	memcheck_crowd, "1.1-1.10, 1.13",
	"Many clients, more than there is room for: no error, nothing is left.",
	.timeout = 120)
{
	const struct workload load = {.server = start(NULL)};
	struct client *clients[CONNECTIONS + 5];

	for (int i = 0; i < 3; i++)
		workload_crowd(&load, CONNECTIONS - 10);
	for (int i = 0; i < CONNECTIONS + 5; i++) {
		clients[i] = client_connect(load.server);
		client_request(clients[i], "GET", "/small.bin", "");
		expect_status(client_receive(clients[i]), 200);
	}
	for (int i = 0; i < CONNECTIONS + 5; i++)
		client_close(clients[i]);
	stop(&load);
}

CONTRACT(memcheck_vanishing_clients, "1.1-1.10",
         "Clients that vanish: no error, nothing is left.", .timeout = 120)
{
	const struct workload load = {.server = start(NULL)};
	struct workload_descriptors before = workload_descriptors(load.server);

	workload_slow(&load);
	for (int i = 0; i < 3; i++)
		workload_vanish(&load);
	workload_expect_closed(&load, before, WORKLOAD_FILES);
	stop(&load);
}

CONTRACT(memcheck_timeouts, "1.1-1.12",
         "Timeouts of all kinds: no error, nothing is left.", .timeout = 120)
{
	struct subject *server = start("0.4,0.4,0.4,0.4");
	struct client *silent = client_connect(server);
	struct client *half = client_connect(server);
	struct client *idle = client_connect(server);
	struct client *slow = client_connect_slow(server);
	struct client *lingering = client_connect(server);
	struct response *response;
	struct logs logs;

	client_request(slow, "GET", "/slow.bin", "");
	client_send(half, "GET / HTTP/1.1\r\nHo");
	client_send(lingering, "nonsense\r\n\r\nand more of it");
	client_request(idle, "GET", "/small.bin", "");
	expect_status(client_receive(idle), 200);
	expect_status(client_receive(lingering), 400);

	client_expect_end(silent);
	response = client_receive(half);
	expect_status(response, 408);
	client_expect_end(idle);
	proc_wait_closed(server, slow);
	proc_wait_closed(server, lingering);
	logs = logs_of(server);
	subject_signal(server, SIGTERM);
	check_end(server, &logs);
}

CONTRACT(
	memcheck_failing_calls, "1.1-1.13",
	"Calls that fail, no descriptors: no error of memory, nothing is left.",
	.timeout = 120)
{
	char *logs = text_print("MEMCHECK_LOGS=%s", scratch_path());
	const char *const environment[] = {logs, NULL};
	const struct subject_options options = {.environment = environment};
	struct workload load = {.may_be_busy = true};
	struct meddled meddled;

	workload_prepare();
	atexit(tell_findings);
	meddled = meddle_with("rate=10,kinds=short+eintr+eagain+emfile+aborted"
	                      "+nobufs",
	                      1, &options);
	load.server = meddled.server;
	workload_all(&load);
	stop(&load);
}

CONTRACT(memcheck_stopped_twice, "1.1-1.10",
         "A second SIGTERM ends the server at once; nothing is left even so.",
         .timeout = 120)
{
	struct subject *server = start(NULL);
	struct client *slow = client_connect_slow(server);
	struct client *idle = client_connect(server);
	struct client *half = client_connect(server);
	struct logs logs;

	client_request(idle, "GET", "/small.bin", "");
	expect_status(client_receive(idle), 200);
	client_send(half, "GET / HTTP/1.1\r\nHo");
	client_request(slow, "GET", "/slow.bin", "");
	client_receive_head(slow);
	proc_wait_parked(server);
	logs = logs_of(server);
	logs.may_be_killed = true;
	subject_signal(server, SIGTERM);
	client_expect_end(idle); /* it has heard of the first one */
	subject_signal(server, SIGTERM);
	check_end(server, &logs);
}
