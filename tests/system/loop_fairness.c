/*
 * loop_fairness.c - nobody is starved: each client has its share of a turn.
 *
 * A greedy client and another one ask in the same moment; the other one for
 * /.burn, which keeps the server computing. While it does, whatever was written
 * to the greedy one was written before the other one's turn came, and stands
 * still: it can be measured.
 */
#define _GNU_SOURCE
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
#include <string.h>
#include <sys/ioctl.h>

enum { MIB = 1 << 20 };

/* All that the server has written to the client by now; the client has read
   none of it. */
static uint64_t
written_bytes(const struct subject *server, const struct client *client)
{
	struct proc_socket socket;
	int unread = 0;

	ioctl(client_fd(client), FIONREAD, &unread);
	if (!proc_server_socket(server, client, &socket))
		fail_test("The server has given up a client that asked and has "
		          "not got all of its answer. %s",
		          client_story(client));
	return socket.unacked + (uint64_t)unread;
}

static bool
is_read(const struct subject *server, const struct client *client)
{
	struct proc_socket socket;

	return proc_server_socket(server, client, &socket) &&
	       socket.unread == 0;
}

/* The greedy client sends `wish`. False: we were too late to see the share. */
static bool
try_to_measure(struct subject *server, const char *wish, int burn_ms,
               uint64_t *share, const char *done)
{
	struct client *greedy = client_connect(server);
	struct client *other = client_connect(server);

	proc_wait_accepted(server, greedy);
	proc_wait_accepted(server, other);
	stop_all(server);
	client_send(greedy, wish);
	client_request(other, "GET", text_print("/.burn?ms=%d", burn_ms), "");
	continue_all(server);
	WAIT_UNTIL(is_read(server, other),
	           "%s The server does not read the other one's request; it "
	           "%s.",
	           done, describe_all(server));
	*share = written_bytes(server, greedy);
	bool in_time = !client_has_input(other);
	expect_status(client_receive(other), 200);
	client_reset(greedy);
	client_reset(other);
	return in_time;
}

static void
expect_share(struct subject *server, const char *wish, uint64_t share_max,
             const char *done)
{
	uint64_t share = 0;
	int burn_ms = 50;

	while (!try_to_measure(server, wish, burn_ms, &share, done))
		burn_ms *= 2;
	if (share > share_max)
		fail_test("%s The server wrote %llu KiB to the greedy one "
		          "before the other one's turn came. It should write "
		          "no more than a share (up to %llu KiB would do) and "
		          "then look after the others.",
		          done, (unsigned long long)share / 1024,
		          (unsigned long long)share_max / 1024);
}

SYSTEM(1_09, fast_download_starves_nobody, 1, "1.1-1.9",
       "A client that downloads a large file gets its share of each turn and "
       "no more: the others are served meanwhile.")
{
	root_sparse("large.bin", 64 * MIB);
	struct subject *server = start_one_worker("--experiments", NULL);

	expect_share(server, "GET /large.bin HTTP/1.1\r\nHost: test\r\n\r\n",
	             MIB,
	             "A greedy client asked for a file of 64 MiB; in the same "
	             "moment another one asked for something small.");
}

CONTRACT(endless_requests_starve_nobody, "1.1-1.8, 1.10",
         "A client that sends requests without end gets its share of each "
         "turn and no more: the others are served meanwhile.")
{
	enum { COUNT = 1500 };
	static const char request[] =
		"GET /hello.txt HTTP/1.1\r\nHost: t\r\n\r\n";
	static char requests[COUNT * sizeof request];
	struct subject *server = start_one_worker("--experiments", NULL);
	struct response *response = client_get(server, "/hello.txt");
	uint64_t answer_bytes = strlen(response->head) + response->body_bytes;

	for (int i = 0; i < COUNT; i++)
		strcat(requests + (size_t)i * strlen(request), request);
	expect_share(server, requests, COUNT / 4 * answer_bytes,
	             "A greedy client sent 1500 small requests at once; in the "
	             "same moment another one sent one.");
}

/* 200 requests ahead, and one more whenever an answer has come: new input finds
   the connection where it still has some. */
CONTRACT(requests_that_overtake_answers, "1.1-1.8, 1.10",
         "Requests that come while earlier ones are being answered are "
         "answered in order, none twice and none not at all.")
{
	enum { COUNT = 2000, AHEAD = 200, FILES = 3 };
	struct subject *server = subject_start(NULL, NULL);
	struct client *client = client_connect(server);
	int asked = 0;

	for (int i = 0; i < FILES; i++)
		root_text(text_print("%d.txt", i), text_print("file %d\n", i));
	for (int answered = 0; answered < COUNT; answered++) {
		for (; asked < COUNT && asked < answered + AHEAD; asked++)
			client_sendf(client,
			             "GET /%d.txt HTTP/1.1\r\nHost: t\r\n\r\n",
			             asked % FILES);
		struct response *response = client_receive(client);
		expect_status(response, 200);
		expect_body(response,
		            text_print("file %d\n", answered % FILES));
	}
	proc_wait_parked(server);
	client_expect_nothing(client);
}
