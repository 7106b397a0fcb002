/*
 * stage4_stop.c - workers are replaced and the server is stopped, while clients
 * come.
 */
#include "harness/client.h"
#include "harness/graded.h"
#include "harness/proc.h"
#include "harness/root.h"
#include "harness/subject.h"
#include "harness/wait.h"
#include "loop_tools.h"
#include "stage4_tools.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>

enum { MIB = 1 << 20 };

/* None of these is there any more, and there are as many new ones. */
static bool
are_replaced(const struct subject *server, const pid_t *old, size_t count)
{
	pid_t pids[WORKERS_MAX];

	if (workers_of(server, pids) != count)
		return false;
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < count; k++)
			if (pids[i] == old[k])
				return false;
	return true;
}

/* New clients come and ask until the workers are others than these. */
static void
serve_until_replaced(struct subject *server, const pid_t *old, size_t count,
                     const char *done)
{
	int64_t end_ms = wait_deadline_ms();

	while (!are_replaced(server, old, count)) {
		expect_service(server, done);
		if (wait_now_ms() > end_ms)
			fail_test("%s All %zu workers should be replaced by "
			          "new ones; the server %s.",
			          done, count, describe_all(server));
	}
}

/* They ask again and again, until each has had an answer that says that it was
   the last. */
static void
ask_until_last(const struct subject *server, struct client **clients,
               size_t count, const char *done)
{
	int64_t end_ms = wait_deadline_ms();
	size_t left = count;

	while (left > 0 && wait_now_ms() <= end_ms) {
		for (size_t i = 0; i < left; i++)
			ask_hello(clients[i], "");
		for (size_t i = left; i-- > 0;) {
			const char *field = response_field(
				expect_hello(server, clients[i], done),
				"Connection");
			if (field == NULL || strcmp(field, "close") != 0)
				continue;
			client_expect_fin(clients[i]);
			client_reset(clients[i]);
			clients[i] = clients[--left];
		}
	}
	if (left > 0)
		fail_test("%s The workers they had should drain: an answer "
		          "should say \"Connection: close\". %zu clients ask "
		          "and are answered without end. The server %s.",
		          done, left, describe_all(server));
}

SYSTEM(4_06, replaced_under_load, 3, "4.1-4.6",
       "SIGHUP replaces all workers while clients come and ask: every request "
       "is "
       "answered.")
{
	enum { STAY = 6, ROUNDS = 3, WORKERS = 2 };
	static const char done[] =
		"Clients asked, and others came and asked, when the main "
		"process got SIGHUP.";
	struct subject *server = start_workers(WORKERS, NULL);
	struct client *stay[STAY];
	pid_t old[WORKERS_MAX];

	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < STAY; i++)
			stay[i] = client_settle(server);
		workers_of(server, old);
		kill(subject_pid(server), SIGHUP);
		ask_until_last(server, stay, STAY, done);
		serve_until_replaced(server, old, WORKERS, done);
	}
	wait_workers(server, WORKERS, 0);
}

SYSTEM(4_06, term_to_one_worker, 3, "4.1-4.6",
       "SIGTERM to one worker: it finishes what it has begun, and is replaced; "
       "its siblings and their clients are not concerned.")
{
	enum { WORKERS = 3 };
	static const char done[] =
		"One of three workers got SIGTERM while it sent a download.";
	root_pattern("large.bin", MIB, 1);
	struct subject *server = start_workers(WORKERS, NULL);
	struct client *others[WORKERS];
	pid_t old[WORKERS_MAX];

	wait_workers(server, WORKERS, 0);
	workers_of(server, old);
	struct client *slow = client_connect_slow(server);
	client_request(slow, "GET", "/large.bin", "");
	wait_blocked(server, slow);
	pid_t worker = worker_of(server, slow);
	for (int i = 0; i < WORKERS - 1; i++) {
		others[i] = client_settle(server);
		if (worker_of(server, others[i]) == worker)
			fail_test("A worker had a download. Of two clients "
			          "that came then one was given to it, and not "
			          "to one of the two that had none.");
	}
	kill(worker, SIGTERM);
	expect_service(server, done);
	for (int i = 0; i < WORKERS - 1; i++) {
		ask_hello(others[i], "");
		expect_hello(server, others[i],
		             text_print("%s A client of another worker asked "
		                        "once more.",
		                        done));
	}
	expect_status(client_receive_head(slow), 200);
	speed_up(slow);
	client_receive_pattern(slow, MIB, 0, 1);
	client_close(slow);
	wait_workers(server, WORKERS, worker);
	pid_t now[WORKERS_MAX];
	size_t count = workers_of(server, now);
	size_t same = 0;
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < WORKERS; k++)
			same += now[i] == old[k];
	if (same != WORKERS - 1)
		fail_test("%s It has ended, and there are %zu workers; %zu of "
		          "them were there before. It should be two: its "
		          "siblings are not concerned.",
		          done, count, same);
	expect_service(server, done);
}

/* ---- All are to stop ---- */

/* A download that is stuck in the middle. */
static struct client *
begin_download(struct subject *server)
{
	struct client *slow = client_connect_slow(server);

	client_request(slow, "GET", "/large.bin", "");
	wait_blocked(server, slow);
	return slow;
}

static void
finish_download(struct client *slow)
{
	expect_status(client_receive_head(slow), 200);
	speed_up(slow);
	client_receive_pattern(slow, MIB, 0, 1);
	client_expect_fin(slow);
	client_close(slow);
}

static void
expect_end(struct subject *server, const char *done)
{
	WAIT_UNTIL(subject_has_ended(server),
	           "%s All clients have been served. The server should end; it "
	           "%s.",
	           done, describe_all(server));
	subject_wait_exit(server, 0);
}

CONTRACT(stop_under_load, "4.1-4.6",
         "SIGTERM while an answer is sent and new clients wait for accept(): "
         "all get what they asked for, then the server ends.")
{
	enum { COUNT = 40 };
	static const char done[] =
		"The main process was stopped (SIGSTOP), 40 clients connected "
		"and asked, it got SIGTERM, and was continued.";
	root_pattern("large.bin", MIB, 1);
	struct subject *server = start_workers(2, NULL);
	struct client *clients[COUNT];
	struct client *slow = begin_download(server);

	proc_stop(subject_pid(server));
	for (int i = 0; i < COUNT; i++) {
		clients[i] = client_connect(server);
		ask_hello(clients[i], "");
	}
	subject_signal(server, SIGTERM);
	proc_continue(subject_pid(server));
	for (int i = 0; i < COUNT; i++) {
		expect_hello(server, clients[i], done);
		client_close(clients[i]);
	}
	finish_download(slow);
	expect_end(server, done);
}

/* Takes the answer of each client that has got it, and lets the slow one send
   the rest of its request once it has its worker. Who is done leaves, and is
   NULL then. Returns how many are left. */
static size_t
take_answers(struct subject *server, struct client **clients, size_t count,
             struct client **slow, bool *is_asked, const char *done)
{
	size_t left = 0;

	if (*slow != NULL && !*is_asked && worker_of(server, *slow) != 0 &&
	    !main_holds(server, *slow)) {
		send_other_half(*slow);
		*is_asked = true;
	}
	for (size_t i = 0; i <= count; i++) {
		struct client **client = i < count ? &clients[i] : slow;
		if (*client != NULL && client_has_input(*client)) {
			expect_hello(server, *client, done);
			client_close(*client);
			*client = NULL;
		}
		left += *client != NULL;
	}
	return left;
}

CONTRACT(
	stop_with_all_full, "4.1-4.7",
	"SIGTERM while all workers are full and clients wait: who is connected "
	"is served, then the server ends.")
{
	enum { COUNT = 8 };
	static const char done[] =
		"The only worker may have one connection (-c 1). Two clients "
		"sent half a request each, and 8 more asked. The server got "
		"SIGTERM. Then the first client sent the rest and left, and "
		"then the second.";
	struct subject *server =
		subject_start("--workers=1", "--connections=1", NULL);
	struct client *slow[2] = {client_connect(server)};
	struct client *clients[COUNT];

	send_half(slow[0]);
	wait_adopted(server, slow[0]);
	slow[1] = client_connect(server);
	send_half(slow[1]);
	for (int i = 0; i < COUNT; i++) {
		clients[i] = client_connect(server);
		ask_hello(clients[i], "");
	}
	proc_wait_parked(server);
	subject_signal(server, SIGTERM);
	WAIT_UNTIL(
		proc_waiting_clients(server) == -1,
		"The server got SIGTERM. It should close its listening socket "
		"at once; it %s.",
		describe_all(server));
	wait_adopted(server, slow[0]);
	proc_wait_parked(server);
	send_other_half(slow[0]);
	expect_hello(server, slow[0], done);
	client_close(slow[0]);
	/* In whatever order: who stays after its answer keeps the only place,
	   until the server stops waiting for it. */
	bool is_asked = false;
	WAIT_UNTIL(take_answers(server, clients, COUNT, &slow[1], &is_asked,
	                        done) == 0,
	           "%s Not all of them were served. The server %s.", done,
	           describe_all(server));
	expect_end(server, done);
}

/* No worker has a signal of this kind that it has not heard of. */
static bool
have_heard(const struct subject *server, int signal_number)
{
	pid_t pids[WORKERS_MAX];
	size_t count = workers_of(server, pids);

	for (size_t i = 0; i < count; i++)
		if (proc_signal_is(pids[i], "ShdPnd", signal_number) ||
		    !proc_is_parked(pids[i]))
			return false;
	return true;
}

/* A signal to the main process and all workers at once, as a terminal or a
   service manager sends it. The workers hear it first. */
static void
signal_group(int signal_number, const char *done)
{
	root_pattern("large.bin", MIB, 1);
	struct subject *server = start_workers(2, NULL);
	struct client *slow[2] = {begin_download(server),
	                          begin_download(server)};
	struct client *idle = client_settle(server);

	proc_stop(subject_pid(server));
	subject_may_end(server);
	if (kill(-subject_pid(server), signal_number) == -1)
		not_checked("the server has no process group of its own");
	WAIT_UNTIL(have_heard(server, signal_number),
	           "%s The workers should take the signal, or ignore it; the "
	           "server %s.",
	           done, describe_all(server));
	proc_continue(subject_pid(server));
	client_expect_fin(idle);
	client_close(idle);
	finish_download(slow[0]);
	finish_download(slow[1]);
	expect_end(server, done);
}

CONTRACT(term_to_the_group, "4.1-4.6",
         "SIGTERM to the main process and all workers at once: downloads are "
         "completed, then the server ends with 0.")
{
	signal_group(SIGTERM, "SIGTERM was sent to the whole process group "
	                      "while two downloads were sent.");
}

CONTRACT(ctrl_c, "4.1-4.6",
         "Ctrl-C sends SIGINT to all processes at once: downloads are "
         "completed, "
         "then the server ends with 0.")
{
	signal_group(SIGINT, "SIGINT was sent to the whole process group while "
	                     "two downloads were sent.");
}
