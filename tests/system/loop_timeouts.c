/*
 * loop_timeouts.c - deadlines: sleeping until the nearest one, and what then.
 *
 * Lower bounds are exact: a client takes the time before it does what starts
 * the server's clock, and only the rounding of clocks is forgiven. Upper bounds
 * are generous. And where the server might rightly have acted because it was
 * the test that was late, the test does not judge.
 */
#include "harness/client.h"
#include "harness/graded.h"
#include "harness/proc.h"
#include "harness/root.h"
#include "harness/subject.h"
#include "harness/wait.h"
#include "loop_tools.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

enum {
	CLOCK_MS = 20, /* how much clocks may differ by rounding */
	LATE_MS =
		3000, /* by so much a deadline may be missed, times patience */
};

/* What the server does now after limit_ms it may not do earlier; begin_ms is
   when its clock started, or before that. */
static void
check_not_early(int64_t begin_ms, int limit_ms, const char *done)
{
	int64_t passed_ms = wait_now_ms() - begin_ms;

	if (passed_ms < limit_ms - CLOCK_MS)
		fail_test("%s This was after %d ms; it should not have been "
		          "before %d ms.",
		          done, (int)passed_ms, limit_ms);
}

static void
wait_end_after(const struct subject *server, struct client *client,
               int64_t begin_ms, int limit_ms, const char *done)
{
	int64_t end_ms = begin_ms + limit_ms + patient_ms(LATE_MS);

	if (!wait_input(client, end_ms))
		fail_test("%s The server should have ended the connection "
		          "after %d ms; %d ms have passed, and it %s. %s",
		          done, limit_ms, (int)(wait_now_ms() - begin_ms),
		          describe_all(server), client_story(client));
	check_not_early(
		begin_ms, limit_ms,
		text_print("%s Then the server ended the connection.", done));
	client_expect_end(client);
}

/* ---- 1.11 ---- */

SYSTEM(1_11, request_head_in_time, 1, "1.1-1.8, 1.10-1.12",
       "A client has a certain time for all of a request's head; a byte now "
       "and then does not extend it. Then it is answered with 408.")
{
	enum { HEAD_MS = 500, BYTE_MS = 40 };
	struct subject *server = subject_start("--timeouts=0.5,20,20,9", NULL);
	int64_t begin_ms = wait_now_ms();
	int64_t end_ms = begin_ms + HEAD_MS + patient_ms(LATE_MS);
	struct client *silent = client_connect(server);
	struct client *slow = client_connect(server);

	client_send(slow, "GET /hello.txt HTTP/1.1\r\nHost: ");
	while (!wait_input(slow, wait_now_ms() + BYTE_MS)) {
		client_send_some(slow, "x", 1);
		if (wait_now_ms() > end_ms)
			fail_test("A client has sent a byte of its request "
			          "every %d ms. It has %d ms for all of it "
			          "(--timeouts=0.5,20,20,9); %d ms have "
			          "passed. It should have been answered with "
			          "408; the server %s. %s",
			          BYTE_MS, HEAD_MS,
			          (int)(wait_now_ms() - begin_ms),
			          describe_all(server), client_story(slow));
	}
	check_not_early(begin_ms, HEAD_MS,
	                "A client sent its request byte by byte, and was "
	                "answered before it had finished.");
	expect_status(client_receive(slow), 408);
	client_expect_fin(slow);

	/* The other one has not begun a request: nobody waits for an answer. */
	if (!wait_input(silent, end_ms))
		fail_test("A client has connected and said nothing for %d ms; "
		          "it has %d ms for a request. The server should have "
		          "ended the connection; it %s.",
		          (int)(wait_now_ms() - begin_ms), HEAD_MS,
		          describe_all(server));
	expect_service(server, "Two clients were too slow with their requests. "
	                       "Another one came and asked.");
}

SYSTEM(1_11, idle_connection_is_closed, 1, "1.1-1.8, 1.10-1.12",
       "A connection that is idle between requests is closed after its time, "
       "one that is used is not.")
{
	enum { IDLE_MS = 600, EVERY_MS = 100, LONG_MS = 1000 };
	struct subject *server = subject_start("--timeouts=20,0.6,20,1", NULL);
	int64_t begin_ms = wait_now_ms();
	struct client *idle = client_connect(server);
	ask_hello(idle, "");
	expect_hello(server, idle, "A client asked.");

	/* The other one asks every 100 ms. If we ourselves come late, the
	   server may close it: then it begins anew. */
	struct client *active = client_connect(server);
	int64_t active_ms = wait_now_ms();
	int64_t asked_ms = active_ms;
	ask_hello(active, "");
	while (wait_now_ms() < active_ms + LONG_MS) {
		expect_hello(server, active, "A client asks every 100 ms.");
		wait_input(active, wait_now_ms() + EVERY_MS);
		int64_t last_ms = asked_ms;
		asked_ms = wait_now_ms();
		bool is_closed = client_has_input(active);
		if (is_closed && asked_ms - last_ms < IDLE_MS - CLOCK_MS)
			fail_test("A client asks every 100 ms on one "
			          "connection; it may be idle for %d ms "
			          "(--timeouts=20,0.6,20,1). %d ms after its "
			          "last request the server ended the "
			          "connection. %s",
			          IDLE_MS, (int)(asked_ms - last_ms),
			          client_story(active));
		if (asked_ms - last_ms >= IDLE_MS - 5 * CLOCK_MS) {
			active = client_connect(server);
			active_ms = asked_ms;
		}
		ask_hello(active, "");
	}
	wait_end_after(server, idle, begin_ms, IDLE_MS,
	               "A client was served once and then was silent; it may "
	               "be idle for 0.6 s (--timeouts=20,0.6,20,1).");
}

enum { MIB = 1 << 20, WRITE_MS = 1000 };

/* The less the kernel holds of what we have not read, the sooner the server
   sees that we do read. */
static const struct client_options slow_reader = {
	.receive_buffer_bytes = 8192,
	.segment_bytes = 1460,
};

/* Reads part_bytes for every 40 ms for slow_ms, and then the rest. Returns how
   many bytes came; longest_ms is the longest that we ourselves were away. */
static uint64_t
read_slowly(struct client *client, size_t part_bytes, int slow_ms,
            int64_t *longest_ms)
{
	enum { EVERY_MS = 40 };
	static char bytes[8192];
	int64_t begin_ms = wait_now_ms();
	int64_t last_ms = begin_ms;
	size_t due_bytes = part_bytes;
	uint64_t sum = 0;

	*longest_ms = 0;
	for (;;) {
		struct pollfd fd = {.fd = client_fd(client), .events = POLLIN};
		if (poll(&fd, 1, (int)patient_ms(WAIT_GIVE_UP_MS)) == 0)
			fail_test("A client read a file slowly, and after %llu "
			          "bytes nothing comes any more. %s",
			          (unsigned long long)sum,
			          client_story(client));
		ssize_t got = recv(fd.fd, bytes, due_bytes, 0);
		if (got <= 0)
			return sum;
		sum += (uint64_t)got;
		if (wait_now_ms() - begin_ms >= slow_ms) {
			speed_up(client);
			due_bytes = sizeof bytes;
			continue;
		}
		pass_ms(EVERY_MS);
		int64_t now_ms = wait_now_ms();
		if (now_ms - last_ms > *longest_ms)
			*longest_ms = now_ms - last_ms;
		due_bytes = part_bytes * (size_t)(now_ms - last_ms) / EVERY_MS;
		if (due_bytes > sizeof bytes)
			due_bytes = sizeof bytes;
		last_ms = now_ms;
	}
}

/* Does a client that reads slowly get all of a file of 1 MiB? */
static bool
is_slow_reader_served(struct subject *server, size_t part_bytes, uint64_t *sum)
{
	int64_t longest_ms;

	do {
		struct client *slow = client_connect_with(server, &slow_reader);
		client_request(slow, "GET", "/large.bin",
		               "Connection: close\r\n");
		*sum = read_slowly(slow, part_bytes, 3 * WRITE_MS / 2,
		                   &longest_ms);
		client_close(slow);
	} while (*sum < MIB && longest_ms > WRITE_MS / 2); /* our fault */
	return *sum > MIB;
}

SYSTEM(1_11, write_without_progress, 1, "1.1-1.9, 1.11, 1.12",
       "A client that takes nothing of its answer for a certain time loses "
       "its connection; one that reads slowly does not.")
{
	uint64_t sum;
	root_sparse("large.bin", MIB);
	struct subject *server = subject_start("--timeouts=20,20,1,1", NULL);
	int64_t begin_ms = wait_now_ms();
	struct client *stuck = client_connect_slow(server);
	client_request(stuck, "GET", "/large.bin", "");

	/* On a machine that stands still for a second anybody may fail once. */
	if (!is_slow_reader_served(server, 8192, &sum) &&
	    !is_slow_reader_served(server, 8192, &sum))
		fail_test("A client read a file of 1 MiB, 8 KiB every 40 ms. "
		          "When it had %llu bytes the connection ended. A "
		          "client may take nothing for %d ms "
		          "(--timeouts=20,20,1,1), but this one always took "
		          "something: as slow as it likes.",
		          (unsigned long long)sum, WRITE_MS);
	WAIT_UNTIL(proc_holder(server, stuck) == 0,
	           "A client asked for a file of 1 MiB and did not read. It "
	           "has %d ms to take something (--timeouts=20,20,1,1), and %d "
	           "ms have passed: the server should have ended the "
	           "connection. It has not, and it %s.",
	           WRITE_MS, (int)(wait_now_ms() - begin_ms),
	           describe_all(server));
}

/* ---- 1.12 ---- */

SYSTEM(1_12, sleeps_until_a_deadline, 1, "1.1-1.7, 1.12",
       "While no deadline is near, the loop sleeps: it does not look at the "
       "clock now and then.")
{
	struct subject *server = subject_start(NULL, NULL);
	struct client *silent = client_connect(server);
	struct client *slow = client_connect(server);

	send_half(slow);
	proc_wait_accepted(server, silent);
	proc_wait_consumed(server, slow);
	expect_at_rest(server, 500, 5,
	               "One client has connected and said nothing, another has "
	               "sent half a request; both have 10 seconds for that.");
}

SYSTEM(1_12, wakes_for_the_earliest, 1, "1.1-1.8, 1.10-1.12",
       "Of several deadlines the earliest wakes the loop.")
{
	enum { HEAD_MS = 400, LINGER_MS = 300 };
	/* head, idle, write, linger */
	struct subject *server =
		subject_start("--timeouts=0.4,900,900,0.3", NULL);
	struct client *idle = client_connect(server);

	ask_hello(idle, "");
	expect_hello(server, idle, "A first client asked.");

	int64_t begin_ms = wait_now_ms();
	struct client *slow = client_connect(server);
	send_half(slow);
	if (!wait_input(slow, begin_ms + HEAD_MS + patient_ms(LATE_MS)))
		fail_test(
			"One client is idle, and may be for 900 s. Another one "
			"has sent half a request, and has %d ms for all of "
			"it; %d ms have passed. It should have been answered "
			"with 408; the server %s: it sleeps for too long.",
			HEAD_MS, (int)(wait_now_ms() - begin_ms),
			describe_all(server));
	check_not_early(begin_ms, HEAD_MS,
	                "A client that sent half a request was answered.");
	expect_status(client_receive(slow), 408);
	client_expect_fin(slow);

	/* The server has said its last and waits for us to close. */
	WAIT_UNTIL(proc_holder(server, slow) == 0,
	           "One client is idle, and may be for 900 s. Another one was "
	           "answered with 408 and does not close: %d ms after that the "
	           "server should have closed the connection. It has not, and "
	           "it %s: it sleeps for too long.",
	           LINGER_MS, describe_all(server));
	check_not_early(begin_ms, HEAD_MS + LINGER_MS,
	                "A client was answered with 408 and did not close; "
	                "then the server closed the connection.");
	client_expect_nothing(idle);
}

/* ---- the server as a whole ---- */

/* A short one, and when exactly. */
CONTRACT(write_timeout_is_not_early, "1.1-1.9, 1.11, 1.12",
         "A client that takes nothing of its answer has all of its time to "
         "begin.")
{
	enum { LIMIT_MS = 300 };
	root_sparse("large.bin", MIB);
	struct subject *server = subject_start("--timeouts=20,20,0.3,1", NULL);
	struct client *stuck = client_connect_slow(server);
	proc_wait_accepted(server, stuck);
	int64_t begin_ms = wait_now_ms();

	client_request(stuck, "GET", "/large.bin", "");
	WAIT_UNTIL(proc_holder(server, stuck) == 0,
	           "A client asked for a file of 1 MiB and did not read. It "
	           "has %d ms to take something (--timeouts=20,20,0.3,1); the "
	           "server should have ended the connection. It has not, and "
	           "it %s.",
	           LIMIT_MS, describe_all(server));
	check_not_early(begin_ms, LIMIT_MS,
	                "A client asked for a file of 1 MiB and did not read; "
	                "the server gave it up.");
}

CONTRACT(very_slow_reader, "1.1-1.12",
         "A client that takes something of its answer now and then is not "
         "given up, even if it takes so little that the kernel has no room "
         "for more.")
{
	uint64_t sum;

	root_sparse("large.bin", MIB);
	struct subject *server = subject_start("--timeouts=20,20,1,1", NULL);
	/* As in write_without_progress. */
	if (!is_slow_reader_served(server, 240, &sum) &&
	    !is_slow_reader_served(server, 240, &sum))
		fail_test("A client read a file of 1 MiB, 240 bytes every 40 "
		          "ms. When it had %llu bytes the connection ended. A "
		          "client may take nothing for %d ms "
		          "(--timeouts=20,20,1,1), but this one always took "
		          "something. That the kernel's buffer has no room "
		          "does not mean that nothing was taken out of it: "
		          "ioctl() SIOCOUTQ tells how much is in there.",
		          (unsigned long long)sum, WRITE_MS);
}

CONTRACT(linger_ends, "1.1-1.8, 1.10-1.12",
         "After its last answer the server waits only so long for the client "
         "to close, and what the client still sends does not extend that.")
{
	enum { LINGER_MS = 400 };
	struct subject *server = subject_start("--timeouts=20,20,20,0.4", NULL);
	struct client *client = client_connect(server);
	int64_t begin_ms = wait_now_ms();

	/* In one, or the server has answered and closed before the rest comes:
	   a client that says "close" is expected to send no more. */
	client_send(client, "GET /hello.txt HTTP/1.1\r\nHost: test\r\n"
	                    "Connection: close\r\n\r\n"
	                    "and bytes that are no request");
	expect_hello(server, client, "A client asked for its last answer.");
	client_expect_fin(client);
	int64_t end_ms = wait_now_ms() + LINGER_MS + patient_ms(LATE_MS);
	while (proc_holder(server, client) != 0) {
		client_send_some(client, "x", 1);
		if (wait_now_ms() > end_ms)
			fail_test(
				"A client has got its last answer "
				"(Connection: close), does not close, and "
				"sends a byte now and then. The server should "
				"have closed the connection after %d ms. It "
				"%s.",
				LINGER_MS, describe_all(server));
		pass_ms(20);
	}
	check_not_early(begin_ms, LINGER_MS,
	                "A client had got its last answer and did not close; "
	                "then the server closed the connection.");
}
