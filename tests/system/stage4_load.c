/*
 * stage4_load.c - which worker gets a connection; and what happens when one of
 * them cannot take any.
 */
#define _GNU_SOURCE /* prlimit() */
#include "harness/client.h"
#include "harness/graded.h"
#include "harness/proc.h"
#include "harness/root.h"
#include "harness/subject.h"
#include "harness/wait.h"
#include "loop_tools.h"
#include "stage4_tools.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { UNANSWERED_MAX = 16 }; /* a worker with so many is passed over */

/* A client that stays, and whose worker it is. */
struct guest {
	struct client *client;
	pid_t worker;
};

static struct guest
settle_guest(struct subject *server)
{
	struct guest guest = {.client = client_settle(server)};

	guest.worker = wait_adopted(server, guest.client);
	return guest;
}

/* How many of them each worker has. */
static void
count_load(const struct guest *guests, size_t guest_count, const pid_t *pids,
           size_t pid_count, size_t *loads)
{
	memset(loads, 0, pid_count * sizeof loads[0]);
	for (size_t i = 0; i < guest_count; i++)
		for (size_t k = 0; k < pid_count; k++)
			loads[k] += pids[k] == guests[i].worker;
}

/* They have equally many, but for one. */
static void
expect_even(const size_t *loads, size_t count, const char *done)
{
	size_t least = SIZE_MAX, most = 0;
	char *text = text_print("%zu", loads[0]);

	for (size_t i = 0; i < count; i++) {
		least = loads[i] < least ? loads[i] : least;
		most = loads[i] > most ? loads[i] : most;
		if (i > 0)
			text = text_print("%s, %zu", text, loads[i]);
	}
	if (most - least > 1)
		fail_test("%s The workers have %s of them. It should be the "
		          "same number for all, but for one: each connection "
		          "goes to the worker with the smallest load.",
		          done, text);
}

SYSTEM(4_04, even_load, 3, "4.1-4.6",
       "Long-lived connections are spread evenly: no worker has two more than "
       "another.")
{
	enum { COUNT = 25, WORKERS = 3 };
	struct subject *server = start_workers(WORKERS, NULL);
	struct guest guests[COUNT];
	pid_t pids[WORKERS_MAX];
	size_t loads[WORKERS];

	workers_of(server, pids);
	for (size_t i = 0; i < COUNT; i++) {
		guests[i] = settle_guest(server);
		count_load(guests, i + 1, pids, WORKERS, loads);
		expect_even(loads, WORKERS,
		            text_print("%zu clients came, one after the other, "
		                       "asked, and stayed.",
		                       i + 1));
	}
}

SYSTEM(4_04, load_goes_down_again, 1, "4.1-4.6",
       "When clients of one worker have left, the next ones go to it.")
{
	enum { EACH = 5, WORKERS = 3, COUNT = EACH * WORKERS };
	struct subject *server = start_workers(WORKERS, NULL);
	struct guest guests[COUNT];
	pid_t pids[WORKERS_MAX];
	size_t loads[WORKERS];

	workers_of(server, pids);
	for (int i = 0; i < COUNT; i++)
		guests[i] = settle_guest(server);
	pid_t emptied = guests[1].worker;
	for (int i = 0; i < COUNT; i++) {
		if (guests[i].worker != emptied)
			continue;
		uint64_t inode = inode_of(server, guests[i].client);
		client_reset(guests[i].client);
		wait_unheld(server, inode);
		guests[i].client = NULL;
	}
	proc_wait_parked(server);
	for (int i = 0; i < COUNT; i++)
		if (guests[i].client == NULL)
			guests[i] = settle_guest(server);
	count_load(guests, COUNT, pids, WORKERS, loads);
	expect_even(loads, WORKERS,
	            "15 clients came, asked, and stayed. Those of one worker "
	            "left, and as many came again.");
}

/* ---- Who does not answer is passed over ---- */

SYSTEM(4_07, passes_over_the_stopped, 1, "4.1-4.7",
       "A worker that does not answer is given 16 connections at most; all "
       "others are served by its siblings.")
{
	enum { COUNT = 80 };
	struct subject *server = start_workers(2, NULL);
	struct client *clients[COUNT];
	pid_t pids[WORKERS_MAX];

	workers_of(server, pids);
	proc_stop(pids[0]);
	for (int i = 0; i < COUNT; i++) {
		clients[i] = client_connect(server);
		ask_hello(clients[i], "");
	}
	WAIT_UNTIL(
		count_answered(clients, COUNT) >= COUNT - UNANSWERED_MAX,
		"One of two workers was stopped (SIGSTOP), and %d clients "
		"came and asked. %zu are answered. At most %d may wait for "
		"the worker that does not answer; the other one should serve "
		"the rest. The main process %s.",
		COUNT, count_answered(clients, COUNT), UNANSWERED_MAX,
		proc_describe(subject_pid(server)));
	expect_service(server, "One of two workers was stopped; 80 clients "
	                       "had come. One more came and asked.");
	proc_continue(pids[0]);
	for (int i = 0; i < COUNT; i++)
		expect_hello(server, clients[i],
		             "One of two workers was stopped, 80 clients came "
		             "and asked, and the worker was continued.");
}

/* Two workers, whose channels are full after a dozen connections. */
static struct subject *
start_narrow(void)
{
	static const char *const arguments[] = {"--workers=2", NULL};
	const char *sanitizer = getenv("ASAN_OPTIONS");
	const char *const environment[] = {
		subject_preload("shim_channels.so"),
		text_print("ASAN_OPTIONS=%s:verify_asan_link_order=0",
	                   sanitizer == NULL ? "" : sanitizer),
		NULL,
	};

	return subject_start_with(&(struct subject_options){
		.arguments = arguments,
		.environment = environment,
	});
}

SYSTEM(4_05, past_a_full_channel, 2, "4.1-4.6",
       "When the channel of a worker is full its sibling serves all who come; "
       "the main process does not wait for room.")
{
	enum { COUNT = 60 };
	struct subject *server = start_narrow();
	struct client *clients[COUNT];
	pid_t pids[WORKERS_MAX];

	workers_of(server, pids);
	proc_stop(pids[0]);
	for (int i = 0; i < COUNT; i++) {
		clients[i] = client_connect(server);
		ask_hello(clients[i], "");
	}
	WAIT_UNTIL(count_answered(clients, COUNT) >= COUNT - UNANSWERED_MAX,
	           "One of two workers was stopped (SIGSTOP), and its channel "
	           "takes a dozen connections (SO_SNDBUF). %d clients came and "
	           "asked; %zu are answered. The other worker should serve all "
	           "but those that are in that channel. The main process %s.",
	           COUNT, count_answered(clients, COUNT),
	           proc_describe(subject_pid(server)));
	proc_continue(pids[0]);
	for (int i = 0; i < COUNT; i++)
		expect_hello(server, clients[i],
		             "One of two workers was stopped, its channel was "
		             "full, 60 clients came and asked, and the worker "
		             "was continued.");
}

SYSTEM(4_05, main_never_waits, 1, "4.1-4.6",
       "While all workers are stopped, and their channels full, the main "
       "process "
       "neither waits for one of them nor spins; then all clients are served.")
{
	enum { COUNT = 60 };
	struct subject *server = start_narrow();
	pid_t main_pid = subject_pid(server);
	struct client *clients[COUNT];
	pid_t pids[WORKERS_MAX];

	workers_of(server, pids);
	proc_stop(pids[0]);
	proc_stop(pids[1]);
	for (int i = 0; i < COUNT; i++) {
		clients[i] = client_connect(server);
		ask_hello(clients[i], "");
	}
	WAIT_UNTIL(proc_is_parked(main_pid),
	           "Both workers were stopped (SIGSTOP) and 60 clients came. "
	           "The main process should wait for events; it %s.",
	           proc_describe(main_pid));
	int percent = (int)(100 * proc_cpu_share(main_pid, 250));
	if (percent >= 10)
		fail_test("Both workers were stopped (SIGSTOP) and 60 clients "
		          "came. The main process can do nothing, but used %d "
		          "%% of a CPU.",
		          percent);
	proc_continue(pids[0]);
	proc_continue(pids[1]);
	for (int i = 0; i < COUNT; i++)
		expect_hello(server, clients[i],
		             "Both workers were stopped, 60 clients came and "
		             "asked, and the workers were continued.");
}

SYSTEM(4_05, past_a_dead_worker, 1, "4.1-4.6",
       "A worker has died, and the main process does not know it yet: it "
       "cannot "
       "send to that one, and goes on with the next.")
{
	enum { COUNT = 8 };
	struct subject *server = start_workers(3, NULL);
	struct client *clients[COUNT];
	pid_t pids[WORKERS_MAX];

	wait_workers(server, 3, 0);
	workers_of(server, pids);
	proc_stop(subject_pid(server));
	kill(pids[0], SIGKILL);
	WAIT_UNTIL(proc_state(pids[0]) == 'Z', "A worker was killed; it %s.",
	           proc_describe(pids[0]));
	for (int i = 0; i < COUNT; i++) {
		clients[i] = client_connect(server);
		ask_hello(clients[i], "");
	}
	proc_continue(subject_pid(server));
	for (int i = 0; i < COUNT; i++)
		expect_hello(server, clients[i],
		             "The main process was stopped (SIGSTOP), one of "
		             "three workers was killed, 8 clients came and "
		             "asked, and it was continued.");
	wait_workers(server, 3, pids[0]);
}

/* ---- Who is full refuses ---- */

/* They have no room, and one more client waits. */
static struct client *
fill_both(struct subject *server, struct client *busy[2])
{
	for (int i = 0; i < 2; i++) {
		busy[i] = client_connect(server);
		send_half(busy[i]);
		wait_adopted(server, busy[i]);
	}
	struct client *third = client_connect(server);
	ask_hello(third, "");
	wait_dispatched(server);
	return third;
}

SYSTEM(4_07, third_client_waits, 1, "4.1-4.7",
       "With -c 1 and two workers, both busy, the third client waits; as soon "
       "as one of them is free it is served.")
{
	struct subject *server =
		subject_start("--workers=2", "--connections=1", NULL);
	struct client *busy[2];
	struct client *third = fill_both(server, busy);

	if (worker_of(server, busy[0]) == worker_of(server, busy[1]))
		fail_test("Each of two workers may have one connection (-c 1). "
		          "Two clients came; both are in one worker.");
	wait_workers(server, 2, 0);
	client_expect_nothing(third);
	send_other_half(busy[1]);
	expect_hello(server, busy[1],
	             "Two clients sent half a request each and a third one "
	             "waited; one of the two sent the rest.");
	client_close(busy[1]);
	expect_hello(server, third,
	             "Each of two workers may have one connection (-c 1), and "
	             "had one. A third client came and asked; then one of the "
	             "others left.");
	send_other_half(busy[0]);
	expect_hello(server, busy[0], "A client sent the rest of its request.");
}

CONTRACT(many_wait_for_one_place, "4.1-4.7",
         "With -c 1 and one worker twenty clients are served, one after the "
         "other.")
{
	enum { COUNT = 20 };
	struct subject *server =
		subject_start("--workers=1", "--connections=1", NULL);
	struct client *busy = client_connect(server);
	struct client *clients[COUNT];

	send_half(busy);
	wait_adopted(server, busy);
	for (int i = 0; i < COUNT; i++) {
		clients[i] = client_connect(server);
		ask_hello(clients[i], "Connection: close\r\n");
	}
	proc_wait_parked(server);
	send_other_half(busy);
	expect_hello(server, busy, "A client sent the rest of its request.");
	client_close(busy);
	for (int i = 0; i < COUNT; i++) {
		expect_hello(server, clients[i],
		             "The only worker may have one connection (-c 1), "
		             "and had one; 20 clients came and asked, and the "
		             "one left.");
		client_reset(clients[i]);
	}
}

/* From now on the process gets no more descriptors. Returns its old limit. */
static struct rlimit
forbid_descriptors(pid_t pid)
{
	struct rlimit old, new;
	int lowest = 0;

	while (proc_fd_target(pid, lowest) != NULL)
		lowest++;
	if (prlimit(pid, RLIMIT_NOFILE, NULL, &old) == -1)
		not_checked("the limits of another process cannot be read: %s",
		            strerror(errno));
	new = old;
	new.rlim_cur = (rlim_t)lowest;
	if (prlimit(pid, RLIMIT_NOFILE, &new, NULL) == -1)
		not_checked("the limits of another process cannot be set: %s",
		            strerror(errno));
	return old;
}

SYSTEM(4_07, worker_without_descriptors, 1, "4.1-4.7",
       "A worker that can have no more descriptors refuses; another one takes "
       "the connection over.")
{
	enum { COUNT = 12 };
	static const char done[] =
		"One of two workers was at its limit of descriptors (prlimit). "
		"Clients came and asked.";
	struct subject *server = start_workers(2, NULL);
	struct client *clients[COUNT];
	pid_t pids[WORKERS_MAX];

	expect_service(server, "A client came and asked."); /* opens the file */
	expect_service(server, "A client came and asked.");
	wait_workers(server, 2, 0);
	workers_of(server, pids);
	struct rlimit limit = forbid_descriptors(pids[0]);
	for (int i = 0; i < COUNT; i++) {
		clients[i] = client_connect(server);
		ask_hello(clients[i], "");
		expect_hello(server, clients[i], done);
		if (wait_adopted(server, clients[i]) != pids[1])
			fail_test("%s One was taken by the worker that was at "
			          "its limit.",
			          done);
	}
	if (proc_state(pids[0]) == 0 || proc_state(pids[0]) == 'Z')
		fail_test("%s That worker has ended.", done);
	if (prlimit(pids[0], RLIMIT_NOFILE, &limit, NULL) == -1)
		not_checked("the limits of another process cannot be set: %s",
		            strerror(errno));
	/* It is less loaded, and so its turn comes. */
	WAIT_UNTIL(
		worker_of(server, client_settle(server)) == pids[0],
		"%s Then the limit was lifted, and more clients came. Some of "
		"them should go to that worker again.",
		done);
}

CONTRACT(main_without_descriptors, "4.1-4.6",
         "While the main process can have no more descriptors it accepts "
         "nobody and does not spin; then it goes on.")
{
	enum { COUNT = 5 };
	struct subject *server = start_workers(2, NULL);
	pid_t main_pid = subject_pid(server);
	struct client *clients[COUNT];

	wait_workers(server, 2, 0);
	struct rlimit limit = forbid_descriptors(main_pid);
	for (int i = 0; i < COUNT; i++) {
		clients[i] = client_connect(server);
		ask_hello(clients[i], "");
	}
	proc_wait_parked(server);
	int percent = (int)(100 * proc_cpu_share(main_pid, 200));
	if (percent >= 10)
		fail_test("The main process was at its limit of descriptors "
		          "(prlimit) and 5 clients waited. It used %d %% of a "
		          "CPU.",
		          percent);
	if (prlimit(main_pid, RLIMIT_NOFILE, &limit, NULL) == -1)
		not_checked("the limits of another process cannot be set: %s",
		            strerror(errno));
	for (int i = 0; i < COUNT; i++)
		expect_hello(server, clients[i],
		             "The main process was at its limit of "
		             "descriptors, 5 clients came and asked, and the "
		             "limit was lifted.");
}
