/*
 * faults.c - what the server does when calls of the system fail, as they may.
 *
 * The server runs with a library in front of libc that makes them fail:
 * shim_faults.c. What fails when follows from a seed. A failure's message
 * has, in the server's stderr, the command that does the same again; and
 * faults.txt in the test's folder lists the last faults.
 *
 *	make test TEST=faults_of_all_kinds SEED=42
 *	make faults SEEDS=100		in tests/: many seeds
 */
#define _GNU_SOURCE
#include "meddle.h"

#include "harness/client.h"
#include "harness/graded.h"
#include "harness/proc.h"
#include "harness/root.h"
#include "harness/subject.h"
#include "harness/wait.h"
#include "workload.h"

#include <stdint.h>
#include <stdlib.h>

enum {
	PIDS_MAX = 256,
	QUIET_MS = 100, /* for looking whether the server spins */
	TRIES_MAX = 20, /* in this time, while it has no descriptor */
};

static struct meddled
start(const char *settings, unsigned seed)
{
	workload_prepare();
	return meddle(settings, seed);
}

/* A server may call the kernel without libc, or use other calls than those that
   we can make fail. Then there is nothing to be learned here. */
static void
expect_faults(const struct meddled *meddled)
{
	if (meddled->state->count == 0)
		not_checked("this server does not use the calls that can be "
		            "made to fail");
}

#define NOBODY_ASKS "No client asks for anything."

/* There is nothing to do, as `why` says: no process of the server needs CPU. */
static void
expect_quiet(const struct subject *server, const char *why)
{
	pid_t pids[PIDS_MAX];
	size_t count = subject_pids(server, pids, PIDS_MAX);

	for (size_t i = 0; i < count; i++) {
		double share = proc_cpu_share(pids[i], QUIET_MS);
		if (share > 0.1)
			fail_test("%s The server needs %.0f %% of a CPU; it "
			          "should sleep.",
			          why, share * 100);
	}
}

/* The whole workload under faults, from start to SIGTERM. */
static void
run_workload(const char *settings, unsigned seed, bool may_be_busy)
{
	struct meddled meddled = start(settings, seed);
	const struct workload load = {.server = meddled.server,
	                              .may_be_busy = may_be_busy};
	struct workload_descriptors before =
		workload_descriptors(meddled.server);

	workload_all(&load);
	workload_expect_closed(&load, before, WORKLOAD_FILES);
	workload_many_files(&load);
	workload_expect_closed(&load, before, WORKLOAD_MANY_KEPT);
	expect_quiet(meddled.server, NOBODY_ASKS);
	workload_stop(&load);
	subject_wait_exit(meddled.server, 0);
	expect_faults(&meddled);
}

/* For each seed: that of the environment's SEED; or as many as SEEDS says; or
   so many. */
static void
run_seeds(const char *settings, unsigned usual_count, bool may_be_busy)
{
	const char *seed = getenv("SEED");
	const char *seeds = getenv("SEEDS");
	unsigned count = usual_count;

	if (seeds != NULL && atoi(seeds) > 0)
		count = (unsigned)atoi(seeds);
	if (seed != NULL && *seed != '\0') {
		run_workload(settings, (unsigned)strtoul(seed, NULL, 10),
		             may_be_busy);
		return;
	}
	for (unsigned i = 1; i <= count; i++)
		run_workload(settings, i, may_be_busy);
}

CONTRACT(faults_in_transfers, "1.1-1.10",
         "Short reads and writes, EAGAIN and EINTR: every answer is right.",
         .timeout = 600)
{
	run_seeds("rate=25,kinds=short+eintr+eagain", 3, false);
}

CONTRACT(faults_of_all_kinds, "1.1-1.13",
         "Whatever calls fail: every answer is right, no client is lost, and "
         "nothing leaks.",
         .timeout = 600)
{
	run_seeds("rate=10,kinds=short+eintr+eagain+emfile+aborted+nobufs", 3,
	          true);
}

CONTRACT(faults_byte_by_byte, "1.1-1.10",
         "A session goes well whose every read and write does one byte.")
{
	struct meddled meddled = start("rate=100,size=1,kinds=short", 0);
	const struct workload load = {.server = meddled.server};

	workload_short_file(&load, 700);
	workload_short_file(&load, 6000);
	workload_drip(&load);
	expect_faults(&meddled);
	subject_stop(meddled.server);
}

/* This call says EINTR the first three times. */
static void
interrupt(const char *call)
{
	struct meddled meddled =
		start(text_print("kinds=%s_EINTR,count=3", call), 0);
	const struct workload load = {.server = meddled.server};

	workload_short_file(&load, 700);
	workload_short_file(&load, 100 * 1000);
	subject_stop(meddled.server);
}

SYSTEM(1_07, recv_is_interrupted, 1, "1.1-1.10",
       "When recv() says EINTR nothing was received, and it is called again.")
{
	interrupt("recv");
}

SYSTEM(1_08, send_is_interrupted, 1, "1.1-1.10",
       "When send() says EINTR nothing was sent, and it is called again.")
{
	interrupt("send");
}

SYSTEM(1_09, sendfile_is_interrupted, 1, "1.1-1.10",
       "When sendfile() says EINTR nothing was sent, and it is called again.")
{
	interrupt("sendfile");
}

CONTRACT(faults_interrupted, "1.1-1.10, 1.13",
         "A call that says EINTR is made again.")
{
	interrupt("accept");
	interrupt("pread");
	interrupt("wait");
}

CONTRACT(faults_aborted_clients, "1.1-1.10, 1.13",
         "Clients that gave up while they waited are no reason to stop.")
{
	struct meddled meddled =
		start("kinds=accept_ECONNABORTED+accept_EPROTO,count=500", 0);
	const struct workload load = {.server = meddled.server};

	workload_short_file(&load, 700);
	workload_crowd(&load, 5);
	expect_faults(&meddled);
	expect_quiet(meddled.server, NOBODY_ASKS);
	subject_stop(meddled.server);
}

/* A client waits, and accept() has no descriptor for it. Does the server try
   again some time, and sleep until then? */
CONTRACT(faults_no_descriptor_for_client, "1.1-1.13",
         "A client for whom there is no descriptor at first is served later.")
{
	struct meddled meddled = start("kinds=accept_EMFILE,count=3", 0);
	const struct workload load = {.server = meddled.server};

	workload_short_file(&load, 700);
	expect_faults(&meddled);
	expect_quiet(meddled.server, NOBODY_ASKS);
	subject_stop(meddled.server);
}

CONTRACT(faults_no_descriptor_for_long, "1.1-1.13",
         "While accept() has no descriptor the server sleeps, and serves those "
         "whom it has.")
{
	struct meddled meddled =
		start("kinds=accept_ENFILE,count=1000000000", 0);
	const struct workload load = {.server = meddled.server};
	struct client *first, *second;
	struct response *response;
	pid_t pids[PIDS_MAX];
	uint32_t before, tries;

	meddled.state->is_off = 1;
	first = client_connect(meddled.server);
	proc_wait_accepted(meddled.server, first);
	meddled.state->is_off = 0;
	second = client_connect(meddled.server);
	client_request(second, "GET", "/hello.txt", "");
	WAIT_FOR(meddled.state->count > 0 || client_has_input(second));
	if (client_has_input(second))
		expect_faults(&meddled);
	before = meddled.state->count;
	expect_quiet(meddled.server,
	             "A client waits, and accept() says ENFILE.");
	tries = meddled.state->count - before;
	if (tries > TRIES_MAX * subject_pids(meddled.server, pids, PIDS_MAX))
		fail_test("A client waits, and accept() says ENFILE. Within "
		          "%d ms the server called it %u times more. Nothing "
		          "gets better by that: it should stop watching the "
		          "listener, and look again every 100 ms.",
		          QUIET_MS, tries);
	client_request(first, "GET", "/hello.txt", "");
	response = client_receive(first);
	expect_status(response, 200);
	expect_body(response, ROOT_HELLO);
	meddled.state->is_off = 1;
	response = client_receive(second);
	expect_status(response, 200);
	expect_body(response, ROOT_HELLO);
	workload_short_file(&load, 700);
	subject_stop(meddled.server);
}

CONTRACT(faults_no_descriptor_for_file, "1.1-1.10",
         "No descriptor for a file: 503, and the same connection gets the file "
         "as soon as there is one.")
{
	struct meddled meddled = start("kinds=open_EMFILE,count=1000000000", 0);
	struct client *client = client_connect(meddled.server);
	struct response *response;

	client_request(client, "GET", "/hello.txt", "");
	response = client_receive(client);
	expect_faults(&meddled);
	expect_status(response, 503);
	expect_field(response, "Connection", NULL);
	client_request(client, "HEAD", "/hello.txt", "");
	expect_status(client_receive(client), 503);
	meddled.state->is_off = 1;
	client_request(client, "GET", "/hello.txt", "");
	response = client_receive(client);
	expect_status(response, 200);
	expect_body(response, ROOT_HELLO);
	subject_stop(meddled.server);
}
