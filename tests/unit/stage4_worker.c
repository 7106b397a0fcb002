/*
 * stage4_worker.c - exercise 4.6: a worker adopts what comes down its channel.
 *
 * A real worker runs in a process of its own; the test is its main process, and
 * holds the other end of the channel.
 */
#include "descriptors.h"
#include "harness/graded.h"
#include "harness/proc.h"
#include "harness/root.h"
#include "harness/wait.h"
#include "sockets.h"
#include "worker.h"

#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum {
	NOT_WRITTEN = 70,   /* so a stub exits: exercise.h */
	SPINNING_MS = 1000, /* of computing, for what takes microseconds */
	SILENT_MS = 1000,   /* it waits for events: more will not come */
};

static const char request[] = "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n";

struct employer {
	pid_t pid;   /* the worker's */
	int channel; /* our end */

	/* since its last answer */
	int64_t cpu_ns;    /* what it had computed then */
	int64_t silent_ms; /* since when it waits for events; 0: it does not */
};

/* exit() in the worker, by whoever, ends it without Criterion's handlers. */
static void
leave(int status, void *context)
{
	(void)context;
	_exit(status);
}

static void
run_worker(struct options *options, int channel)
{
	static struct worker_job job;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	on_exit(leave, NULL);
	job.options = options;
	job.table = worker_table_new(1);
	job.listen_fd = -1;
	job.table->workers[0].status = WORKER_READY;
	_exit(worker_run(&job.table->workers[0], &job, channel));
}

static bool
has_gone(const struct employer *employer)
{
	char state = proc_state(employer->pid);

	return state == 0 || state == 'Z';
}

static bool
is_spinning(const struct employer *employer)
{
	double ns = (double)(proc_cpu_ns(employer->pid) - employer->cpu_ns);

	return ns > SPINNING_MS * 1e6 * wait_patience();
}

/* Is there no point in waiting any longer? */
static bool
is_lost(struct employer *employer)
{
	if (!proc_is_parked(employer->pid))
		employer->silent_ms = 0;
	else if (employer->silent_ms == 0)
		employer->silent_ms = wait_now_ms();
	return has_gone(employer) || is_spinning(employer) ||
	       (employer->silent_ms != 0 &&
	        (double)(wait_now_ms() - employer->silent_ms) >
	                SILENT_MS * wait_patience());
}

/* What it does instead, or how it ended. */
static char *
describe_worker(const struct employer *employer)
{
	siginfo_t end = {0};

	if (!has_gone(employer))
		return is_spinning(employer)
		               ? text_print("takes all of a CPU, and runs in "
		                            "a circle")
		               : proc_describe(employer->pid);
	waitid(P_PID, (id_t)employer->pid, &end, WEXITED | WNOHANG | WNOWAIT);
	if (end.si_code == CLD_EXITED)
		return text_print("ended with exit status %d", end.si_status);
	return text_print("died of %s", text_signal(end.si_status));
}

/* The channel has been closed: it is gone, or will be in a moment. */
static char *
describe_end(const struct employer *employer)
{
	(void)WAIT_FOR(has_gone(employer));
	return describe_worker(employer);
}

/* The next byte that the worker says, or 0: it has closed the channel. */
static char
next_answer(struct employer *employer, const char *done)
{
	struct pollfd channel = {employer->channel, POLLIN, 0};
	char byte = 0;

	employer->cpu_ns = proc_cpu_ns(employer->pid);
	employer->silent_ms = 0;
	(void)WAIT_FOR(poll(&channel, 1, 0) == 1 || is_lost(employer));
	if (poll(&channel, 1, 0) == 0)
		fail_test("%s The worker should have answered; it %s.", done,
		          describe_worker(employer));
	ssize_t got = recv(employer->channel, &byte, 1, MSG_DONTWAIT);
	return got == 1 ? byte : 0;
}

/* The next answers, as text. */
static void
expect_answers(struct employer *employer, const char *expected,
               const char *done)
{
	char answers[64] = "";

	for (size_t i = 0; expected[i] != '\0'; i++) {
		answers[i] = next_answer(employer, done);
		if (answers[i] == '\0')
			fail_test("%s The worker should answer \"%s\". After "
			          "\"%s\" it %s.",
			          done, expected, answers,
			          describe_end(employer));
		if (answers[i] != expected[i])
			fail_test("%s The worker should answer \"%s\". It "
			          "began with \"%s\".",
			          done, expected, answers);
	}
}

static void
expect_parked(struct employer *employer, const char *done)
{
	bool is_parked = false;

	(void)WAIT_FOR((is_parked = proc_is_parked(employer->pid)) ||
	               is_lost(employer));
	if (!is_parked)
		fail_test("%s It should wait for events; it %s.", done,
		          describe_worker(employer));
}

/* The worker has nothing more to say. */
static void
expect_no_answer(struct employer *employer, const char *done)
{
	char byte;

	expect_parked(
		employer,
		text_print("%s The worker has nothing more to do.", done));
	if (recv(employer->channel, &byte, 1, MSG_DONTWAIT) == 1)
		fail_test("%s The worker answered '%c' where nothing was to be "
		          "answered.",
		          done, byte);
}

/* A worker for so many connections, ready. */
static struct employer
employ(size_t connections)
{
	static struct options options = {
		.timeouts_ms = {60000, 60000, 60000, 100},
		.workers = 1,
	};
	struct employer employer = {0};
	int ends[2];

	options.root = root_path();
	options.connections = connections;
	sockets_unix(ends);
	sockets_unblock(ends[1]);
	employer.pid = fork();
	SOCKETS_CHECK(employer.pid);
	if (employer.pid == 0) {
		close(ends[0]);
		run_worker(&options, ends[1]);
	}
	close(ends[1]);
	employer.channel = ends[0];
	expect_answers(&employer, "r", "A worker was started.");
	return employer;
}

/* A client and the server's side of its connection. */
struct guest {
	int client;
	int server;
};

static struct guest
new_guest(const char *text)
{
	int fds[2];

	sockets_tcp(fds);
	struct guest guest = {.client = fds[1], .server = fds[0]};
	if (*text != '\0') {
		SOCKETS_CHECK(send(guest.client, text, strlen(text), 0));
		if (!sockets_wait(guest.server, POLLIN))
			fail_test("The test could not be set up: a request "
			          "does not come through.");
	}
	return guest;
}

/* Everything up to the end of an answer whose body is ROOT_HELLO. */
static char *
read_hello(struct guest *guest, const char *done)
{
	static char text[4096];
	size_t got = 0;

	memset(text, 0, sizeof text);
	while (strstr(text, "\r\n\r\n" ROOT_HELLO) == NULL) {
		if (!sockets_wait(guest->client, POLLIN))
			fail_test("%s Its client should be answered. What came "
			          "so far is %s.",
			          done, text_quote(text, got));
		ssize_t more = recv(guest->client, text + got,
		                    sizeof text - 1 - got, MSG_DONTWAIT);
		if (more <= 0)
			fail_test("%s Its client should be answered. The "
			          "connection ended, and what had come was %s.",
			          done, text_quote(text, got));
		got += (size_t)more;
	}
	return text;
}

/* It has answered so many before it waits for events. Reading one answer would
   hide what is missing: the room that this makes is an event for the worker. */
static void
expect_answered(struct employer *employer, size_t count, const char *done)
{
	expect_parked(employer, text_print("%s It should take them.", done));
	size_t answers = sockets_unread(employer->channel);
	if (answers != count && !has_gone(employer))
		fail_test("%s It has answered %zu times, and waits for "
		          "events. The event that it had was for all of them, "
		          "and it should have answered %zu times.",
		          done, answers, count);
}

UNIT(4_06, adopt_answers_and_serves, 1,
     "A connection comes down the channel: the worker answers '+' and serves "
     "the client.")
{
	static const char done[] = "A worker was sent a connection.";
	struct employer employer = employ(10);
	struct guest guest = new_guest(request);

	descriptors_give_one(employer.channel, guest.server);
	close(guest.server);
	expect_answers(&employer, "+", done);
	read_hello(&guest, done);
	expect_no_answer(&employer, done);
}

UNIT(4_06, adopt_all_that_came, 2,
     "One event can stand for several connections: all are adopted, and each "
     "has its answer.")
{
	enum { COUNT = 12 };
	static const char done[] =
		"A worker was stopped (SIGSTOP), sent 12 connections, and "
		"continued.";
	struct employer employer = employ(COUNT);
	struct guest guests[COUNT];

	proc_stop(employer.pid);
	for (int i = 0; i < COUNT; i++) {
		guests[i] = new_guest(request);
		descriptors_give_one(employer.channel, guests[i].server);
		close(guests[i].server);
	}
	proc_continue(employer.pid);
	expect_answered(&employer, COUNT, done);
	expect_answers(&employer, "++++++++++++", done);
	for (int i = 0; i < COUNT; i++)
		read_hello(&guests[i], done);
	expect_no_answer(&employer, done);
}

UNIT(4_06, adopt_more_than_answers_fit, 1,
     "A hundred at once: every one has its answer.")
{
	enum { COUNT = 100 };
	static const char done[] =
		"A worker was stopped, sent 100 connections, and continued.";
	struct employer employer = employ(COUNT);
	struct guest guests[COUNT];

	proc_stop(employer.pid);
	for (int i = 0; i < COUNT; i++) {
		guests[i] = new_guest("");
		descriptors_give_one(employer.channel, guests[i].server);
		close(guests[i].server);
	}
	proc_continue(employer.pid);
	expect_answered(&employer, COUNT, done);
	for (int i = 0; i < COUNT; i++)
		expect_answers(&employer, "+", done);
	expect_no_answer(&employer, done);
}

UNIT(4_06, adopt_refuses_bad_messages, 1,
     "A message that cannot be used is answered with '-', in its place among "
     "the others.")
{
	static const char done[] =
		"A worker was sent a connection, a byte without a descriptor, "
		"a byte with two, and a connection.";
	struct employer employer = employ(10);
	struct guest first = new_guest("");
	struct guest last = new_guest("");
	const int two[] = {first.server, last.server};

	proc_stop(employer.pid);
	descriptors_give_one(employer.channel, first.server);
	SOCKETS_CHECK(descriptors_give(employer.channel, NULL, 0));
	SOCKETS_CHECK(descriptors_give(employer.channel, two, 2));
	descriptors_give_one(employer.channel, last.server);
	proc_continue(employer.pid);
	expect_answered(&employer, 4, done);
	expect_answers(&employer, "+--+", done);
	for (int i = 0; i < 2; i++) {
		struct guest *guest = i == 0 ? &first : &last;
		SOCKETS_CHECK(send(guest->client, request, strlen(request), 0));
		read_hello(guest, done);
	}
	expect_answers(&employer, "r",
	               text_print("%s It refused two of them, and adopted the "
	                          "last. Then both clients were served: it "
	                          "owes an 'r'.",
	                          done));
}

UNIT(4_06, adopt_refuses_when_full, 1,
     "For whom there is no room, '-'; when there is room again, 'r'.")
{
	static const char done[] =
		"A worker with room for two was sent three connections.";
	struct employer employer = employ(2);
	struct guest guests[3];

	proc_stop(employer.pid);
	for (int i = 0; i < 3; i++) {
		guests[i] = new_guest("");
		descriptors_give_one(employer.channel, guests[i].server);
	}
	proc_continue(employer.pid);
	expect_answers(&employer, "++-", done);
	expect_no_answer(&employer, done);
	close(guests[0].server);
	close(guests[0].client);
	expect_answers(&employer, "r",
	               text_print("%s One of them left.", done));
	descriptors_give_one(employer.channel, guests[2].server);
	expect_answers(&employer, "+",
	               text_print("%s One of them left, and the third was "
	                          "sent again.",
	                          done));

	/* So does a bad message: somebody waits elsewhere, then. */
	SOCKETS_CHECK(descriptors_give(employer.channel, NULL, 0));
	expect_answers(&employer, "-",
	               "A worker was sent a byte without a descriptor.");
	close(guests[1].server);
	close(guests[1].client);
	expect_answers(&employer, "r",
	               "A worker was sent a byte without a descriptor, and "
	               "refused it. Then a connection ended: it has room now.");
}

UNIT(4_06, adopt_answers_before_it_reads, 1,
     "Nothing is read from a connection before its answer is out: as long as "
     "it "
     "is unanswered, another worker can begin at the beginning.")
{
	static const char done[] =
		"A connection with a request in it came down a worker's "
		"channel, and the worker could not answer: the channel's other "
		"end does not receive any more.";
	struct employer employer = employ(10);
	struct guest guest = new_guest(request);
	int status = 0;
	char byte;

	proc_stop(employer.pid);
	descriptors_give_one(employer.channel, guest.server);
	SOCKETS_CHECK(shutdown(employer.channel, SHUT_RD));
	proc_continue(employer.pid);
	bool is_parked = false;
	(void)WAIT_FOR((is_parked = proc_is_parked(employer.pid)) ||
	               is_lost(&employer));
	if (!is_parked && !has_gone(&employer))
		fail_test("%s It should end then, or give up; it %s.", done,
		          describe_worker(&employer));
	waitpid(employer.pid, &status, WNOHANG);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_WRITTEN)
		fail_test("%s It ended with exit status %d.", done,
		          NOT_WRITTEN);
	size_t unread = sockets_unread(guest.server);
	if (unread != strlen(request))
		fail_test("%s Of the request's %zu bytes %zu are left in the "
		          "connection: it has read before it answered. If "
		          "another worker were given this connection now, it "
		          "would begin in the middle.",
		          done, strlen(request), unread);
	if (recv(guest.client, &byte, 1, MSG_DONTWAIT) == 1)
		fail_test("%s The client got an answer to its request: the "
		          "worker served it before it said that it had adopted "
		          "it.",
		          done);
}

UNIT(4_06, adopt_drains_at_the_end, 1,
     "The end of the channel: what came before it is adopted; every client "
     "gets "
     "its answer, the last one; and the worker ends.")
{
	static const char done[] =
		"A worker had a client that had sent half a request. It was "
		"sent a second client; and then the channel ended.";
	struct employer employer = employ(10);
	struct guest first = new_guest("GET /hello.txt HTTP/1.1\r\n");
	struct guest second = new_guest(request);
	int status;

	descriptors_give_one(employer.channel, first.server);
	expect_answers(&employer, "+", "A worker was sent a connection.");
	proc_stop(employer.pid);
	descriptors_give_one(employer.channel, second.server);
	SOCKETS_CHECK(shutdown(employer.channel, SHUT_WR));
	proc_continue(employer.pid);
	expect_answers(&employer, "+", done);
	close(first.server);
	close(second.server);
	char *text = read_hello(&second, done);
	if (strstr(text, "Connection: close") == NULL)
		fail_test("%s The second client's answer should be its last, "
		          "with \"Connection: close\"; it was %s.",
		          done, text_quote(text, strlen(text)));
	const char rest[] = "Host: test\r\n\r\n";
	if (send(first.client, rest, strlen(rest), MSG_NOSIGNAL) == -1)
		fail_test("%s The first client has sent the rest of its "
		          "request; send() said %s. A worker that drains "
		          "finishes what it has begun.",
		          done, strerror(errno));
	read_hello(&first, text_print("%s Then the first client sent the rest "
	                              "of its request.",
	                              done));
	close(first.client);
	close(second.client);
	pid_t pid = 0;
	WAIT_UNTIL((pid = waitpid(employer.pid, &status, WNOHANG)) != 0,
	           "%s All clients have been answered. The worker should end; "
	           "it %s.",
	           done, proc_describe(employer.pid));
	if (pid == -1 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_test(
			"%s All clients have been answered. The worker should "
			"end with exit status 0; it ended with status 0x%x.",
			done, status);
}
