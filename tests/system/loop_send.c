/*
 * loop_send.c - sending to those who read slowly, or not any more.
 */
#include "harness/client.h"
#include "harness/graded.h"
#include "harness/proc.h"
#include "harness/root.h"
#include "harness/subject.h"
#include "harness/wait.h"
#include "loop_tools.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MIB = 1 << 20 };

/* ---- 1.8 ---- */

SYSTEM(1_08, who_does_not_read_stops_nobody, 1, "1.1-1.8, 1.10",
       "A client that does not read its answers keeps nobody waiting, and "
       "gets all of them when it reads at last.")
{
	enum { COUNT = 24, BYTES = 4096 };
	root_pattern("four-kib.bin", BYTES, 1);
	struct subject *server = subject_start(NULL, NULL);
	struct client *slow = client_connect_slow(server);

	for (int i = 0; i < COUNT; i++)
		client_request(slow, "GET", "/four-kib.bin", "");
	wait_blocked(server, slow);
	expect_service(server,
	               "A client asked 24 times for a file of 4 KiB and does "
	               "not read: the server cannot send it all of that. Then "
	               "another client came and asked.");
	speed_up(slow);
	for (int i = 0; i < COUNT; i++) {
		struct response *response = client_receive(slow);
		expect_status(response, 200);
		expect_body_pattern(response, 0, BYTES, 1);
	}
	proc_wait_parked(server);
	client_expect_nothing(slow);
}

/* Asks and is gone before the server can answer. */
static void
vanish(struct client *client, int way)
{
	ask_hello(client, "");
	if (way % 2 == 1) /* FIN, then RST: the first write says EPIPE */
		client_half_close(client);
	client_reset(client); /* RST alone: it says ECONNRESET */
}

SYSTEM(1_08, who_vanishes_costs_only_itself, 2, "1.1-1.8",
       "A client that has gone when its answer is written loses its "
       "connection; the server does not end, spin, or keep the descriptor.")
{
	enum { COUNT = 20 };
	static const char done[] =
		"20 clients asked for a file and were gone (FIN and RST, or "
		"RST only) before the server could answer.";
	struct subject *server = subject_start(NULL, NULL);
	struct client *clients[COUNT];

	expect_service(server, "A first client asked.");
	proc_wait_parked(server);
	size_t fds = all_fds(server);
	for (int i = 0; i < COUNT / 2; i++) {
		clients[i] = client_connect(server);
		proc_wait_accepted(server, clients[i]);
	}
	stop_all(server);
	for (int i = COUNT / 2; i < COUNT; i++)
		clients[i] = client_connect(server);
	for (int i = 0; i < COUNT; i++)
		vanish(clients[i], i);
	continue_all(server);
	expect_service(server, done);
	wait_all_fds(server, fds, done);
	expect_at_rest(server, 100, 10, done);
}

/* ---- 1.9 ---- */

SYSTEM(1_09, large_file_to_slow_reader, 1, "1.1-1.9",
       "A file larger than what the kernel takes at once arrives whole, and "
       "while the client does not read the server sleeps.")
{
	root_pattern("large.bin", MIB, 2);
	struct subject *server = subject_start(NULL, NULL);
	struct client *slow = client_connect_slow(server);

	client_request(slow, "GET", "/large.bin", "");
	wait_blocked(server, slow);
	expect_at_rest(server, 150, 20,
	               "A client asked for a file of 1 MiB and does not read.");
	size_t fds = all_fds(server);
	expect_service(server, "One client asked for a file of 1 MiB and does "
	                       "not read. Another one came and asked.");
	wait_all_fds(server, fds, "The other one has left.");
	struct response *response = client_receive_head(slow);
	expect_status(response, 200);
	speed_up(slow);
	client_receive_pattern(slow, MIB, 0, 2);
	proc_wait_parked(server);
	if (client_has_input(slow))
		client_expect_end(slow);
}

static uint64_t
read_to_end(const struct subject *server, struct client *client,
            const char *done)
{
	static char bytes[64 * 1024];
	uint64_t sum = 0;
	ssize_t got;

	do {
		if (!wait_input(client, wait_deadline_ms()))
			fail_test("%s The client received %llu bytes of it and "
			          "now nothing comes any more, not even the "
			          "end of the connection; the server %s. It "
			          "should have ended the connection.",
			          done, (unsigned long long)sum,
			          describe_all(server));
		got = client_receive_some(client, bytes, sizeof bytes);
		sum += got > 0 ? (uint64_t)got : 0;
	} while (got > 0);
	return sum;
}

SYSTEM(1_09, file_that_shrinks, 1, "1.1-1.9",
       "When a file becomes shorter while it is sent, the connection ends: "
       "that is all that can still be said.")
{
	static const char done[] =
		"While a file of 1 MiB was being sent it was cut to 1000 "
		"bytes.";
	root_pattern("shrinking.bin", MIB, 3);
	struct subject *server = subject_start(NULL, NULL);
	struct client *client = client_connect_slow(server);

	client_request(client, "GET", "/shrinking.bin", "");
	wait_blocked(server, client);
	root_truncate("shrinking.bin", 1000);
	expect_status(client_receive_head(client), 200);
	speed_up(client);
	uint64_t got = read_to_end(server, client, done);
	if (got >= MIB)
		fail_test("%s The client received %llu bytes of it, as many as "
		          "Content-Length had promised. There cannot be so "
		          "many: what were they? The connection should have "
		          "ended early.",
		          done, (unsigned long long)got);
	proc_wait_closed(server, client);
	expect_service(server, done);
	expect_at_rest(server, 100, 10, done);
}

SYSTEM(1_09, reset_in_mid_download, 1, "1.1-1.9",
       "When a client breaks off a download, its descriptor and the file's "
       "are closed, and the server sleeps again.")
{
	enum { COUNT = 2 };
	static const char done[] =
		"Two clients asked for files of 1 MiB, did not read, and then "
		"broke the connection off (RST).";
	struct subject *server = subject_start(NULL, NULL);
	struct client *clients[COUNT];

	expect_service(server, "A first client asked.");
	proc_wait_parked(server);
	size_t fds = all_fds(server);
	for (int i = 0; i < COUNT; i++) {
		root_sparse(text_print("large%d.bin", i), MIB);
		clients[i] = client_connect_slow(server);
		client_request(clients[i], "GET", text_print("/large%d.bin", i),
		               "");
	}
	for (int i = 0; i < COUNT; i++)
		wait_blocked(server, clients[i]);
	size_t busy_fds = all_fds(server);
	for (int i = 0; i < COUNT; i++)
		client_reset(clients[i]);
	/* Files may stay open, for whoever asks next. */
	WAIT_UNTIL(all_fds(server) <= busy_fds - COUNT,
	           "%s The server should have closed the connections. It had "
	           "%zu descriptors open before they came, %zu while they were "
	           "there, and has %zu now; it %s.",
	           done, fds, busy_fds, all_fds(server), describe_all(server));
	expect_at_rest(server, 100, 10, done);
	expect_service(server, done);
}
