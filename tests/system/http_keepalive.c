/*
 * http_keepalive.c - several requests on one connection, one after the other or
 * all at once, and how a connection ends: RFC 9112, chapter 9.
 */
#define _GNU_SOURCE
#include "harness/client.h"
#include "harness/graded.h"
#include "harness/proc.h"
#include "harness/root.h"
#include "harness/subject.h"
#include "harness/wait.h"
#include "http_ask.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define CORE "1.1-1.8"

/* Where workers share the clients, two of whom are to be compared. */
#if STAGE >= 3
#define ONE_WORKER "--workers=1",
#else
#define ONE_WORKER
#endif

enum { PIDS_MAX = 256 };

static void
stop_all(struct subject *server)
{
	pid_t pids[PIDS_MAX];
	size_t count = subject_pids(server, pids, PIDS_MAX);

	for (size_t i = 0; i < count; i++)
		proc_stop(pids[i]);
}

static void
continue_all(struct subject *server)
{
	pid_t pids[PIDS_MAX];
	size_t count = subject_pids(server, pids, PIDS_MAX);

	for (size_t i = count; i > 0; i--)
		proc_continue(pids[i - 1]);
}

/* /0.txt to /9.txt: "file 0\n" to "file 9\n". */
static void
make_numbered_files(void)
{
	for (int i = 0; i < 10; i++)
		root_text(text_print("%d.txt", i), text_print("file %d\n", i));
}

/* Receives the answer to the request with this number, counted from 0. */
static void
receive_numbered(struct client *client, int number)
{
	struct response *response = client_receive(client);
	const char *right = text_print("file %d\n", number % 10);

	expect_status(response, 200);
	if (!response_body_is(response, right, strlen(right)))
		fail_test("The client sent requests for /0.txt, /1.txt and so "
		          "on, and again from /9.txt to /0.txt, without "
		          "waiting for the answers. Answer %d was %s; it "
		          "should be %s: answers come in the order of the "
		          "requests.",
		          number + 1,
		          text_quote(response->body, response->body_bytes),
		          text_quote(right, strlen(right)));
}

/* So many requests for these files, in one piece. */
static void
send_numbered(struct client *client, int count)
{
	static const char line[] = "GET /0.txt HTTP/1.1\r\nHost: test\r\n\r\n";
	size_t bytes = strlen(line);
	char *text = malloc(bytes * (size_t)count);

	for (int i = 0; i < count; i++) {
		char *request = text + bytes * (size_t)i;

		memcpy(request, line, bytes);
		request[strlen("GET /")] = (char)('0' + i % 10);
	}
	client_send_bytes(client, text, bytes * (size_t)count);
	free(text);
}

/* ---- Exercise 1.10 ---- */

SYSTEM(1_10, three_at_once, 1, "1.1-1.10",
       "Three requests that come in one piece get three answers, in order.")
{
	struct client *client;

	make_numbered_files();
	client = client_connect(subject_start(NULL));
	send_numbered(client, 3);
	for (int i = 0; i < 3; i++)
		receive_numbered(client, i);
}

SYSTEM(1_10, one_and_a_half_requests, 1, "1.1-1.10",
       "When a request and a half have come, the first is answered at once and "
       "the second when it is complete.")
{
	struct subject *server = subject_start(NULL);
	struct client *client = client_connect(server);

	client_send(client, "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n"
	                    "GET / HTTP/1.1\r\nHo");
	expect_body(client_receive(client), ROOT_HELLO);
	proc_wait_consumed(server, client);
	client_expect_nothing(client);
	client_send(client, "st: test\r\n\r\n");
	expect_body(client_receive(client), ROOT_INDEX);
}

SYSTEM(1_10, one_connection_for_many, 1, "1.1-1.10",
       "A connection serves a hundred requests, one after the other.")
{
	struct client *client;

	make_numbered_files();
	client = client_connect(subject_start(NULL));
	for (int i = 0; i < 100; i++) {
		client_request(client, "GET", text_print("/%d.txt", i % 10),
		               "");
		receive_numbered(client, i);
	}
}

/* The highest of the numbers that "requests": has in the text; from stage 3 on
   there is one for each worker. */
static long
read_requests(const char *json)
{
	static const char name[] = "\"requests\":";
	long highest = -1;

	while ((json = strstr(json, name)) != NULL) {
		json += strlen(name);
		if (atol(json) > highest)
			highest = atol(json);
	}
	return highest;
}

SYSTEM(1_10, a_greedy_client_waits_its_turn, 1, "1.1-1.10",
       "A client that sends a thousand requests at once gets its answers in "
       "order; another one, with one request, need not wait for all of them.")
{
	enum { COUNT = 1000 };
	struct client_options roomy = {.receive_buffer_bytes = 2 << 20};
	struct subject *server;
	struct client *greedy, *modest;
	struct response *response;
	long answered;

	make_numbered_files();
	server = subject_start(ONE_WORKER "-x", NULL);
	greedy = client_connect_with(server, &roomy);
	modest = client_connect(server);
	proc_wait_accepted(server, greedy);
	proc_wait_accepted(server, modest);

	/* Both find the server asleep: it sees all requests in one go. */
	stop_all(server);
	send_numbered(greedy, COUNT);
	client_wait_delivered(greedy);
	client_request(modest, "GET", "/.stats", "");
	client_wait_delivered(modest);
	continue_all(server);

	response = client_receive(modest);
	expect_status(response, 200);
	answered = read_requests((const char *)response->body);
	if (answered < 0)
		fail_test("/.stats said %s; it should have \"requests\": and a "
		          "number.",
		          text_quote(response->body, response->body_bytes));
	for (int i = 0; i < COUNT; i++)
		receive_numbered(greedy, i);
	if (answered >= COUNT)
		fail_test("While the server was stopped, one client sent %d "
		          "requests and another one request, for /.stats. "
		          "When the server came to the latter it had answered "
		          "%ld requests: all of the first client's. After its "
		          "share (CONN_TURN_REQUESTS) a client must let the "
		          "others have their turn: loop_again().",
		          COUNT, answered);
}

/* Has the server reset the connection, even after its FIN? */
static bool
is_reset(const struct client *client)
{
	struct tcp_info info = {0};
	socklen_t bytes = sizeof(info);

	getsockopt(client_fd(client), IPPROTO_TCP, TCP_INFO, &info, &bytes);
	return info.tcpi_state == TCP_CLOSE;
}

static void
expect_all_of_a_refusal(struct subject *server, const char *request, int status)
{
	enum { REST_BYTES = 60000 };
	struct client *client = client_connect(server);
	size_t head_bytes = strlen(request);
	char *bytes = malloc(head_bytes + REST_BYTES);
	struct response *response;

	proc_wait_accepted(server, client);
	memset(bytes, 'x', head_bytes + REST_BYTES);
	memcpy(bytes, request, head_bytes);
	stop_all(server); /* all of it is there when it looks */
	client_send_bytes(client, bytes, head_bytes + REST_BYTES);
	continue_all(server);

	response = client_receive(client);
	expect_status(response, status);
	client_expect_end(client);
	proc_wait_parked(server);
	if (is_reset(client))
		fail_test("A client sent a request that the server refuses, "
		          "with %d, before it has read all of it. The server "
		          "then closed the socket with unread bytes in it, and "
		          "TCP reset the connection (RST): that can destroy "
		          "the answer on its way. It should say that it has "
		          "said its last (shutdown SHUT_WR), read away what "
		          "still comes, and close when the client has. %s",
		          status, client_story(client));
	client_half_close(client);
	WAIT_UNTIL(proc_holder(server, client) == 0,
	           "A client has got the last answer of its connection, and "
	           "has closed it. The server still holds its descriptor.");
	free(bytes);
}

SYSTEM(1_10, a_refusal_is_read_to_its_end, 1, "1.1-1.10",
       "A client that still sends when it is refused gets all of the answer, "
       "then FIN and no RST.")
{
	static const char long_field[] = "GET / HTTP/1.1\r\nHost: test\r\nX: ";
	static const char body[] = "POST / HTTP/1.1\r\nHost: test\r\n"
				   "Content-Length: 60000\r\n\r\n";
	struct subject *server = subject_start("--timeouts=60,60,60,60", NULL);

	expect_all_of_a_refusal(server, long_field, 431);
	expect_all_of_a_refusal(server, body, 405);
}

static int64_t
memory_kib(const struct subject *server)
{
	pid_t pids[PIDS_MAX];
	size_t count = subject_pids(server, pids, PIDS_MAX);
	int64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += proc_memory_kib(pids[i]);
	return sum;
}

SYSTEM(1_10, a_client_that_does_not_read, 1, "1.1-1.10",
       "A client that sends requests but does not read is not answered into "
       "memory; when it reads, all its answers are right.")
{
	enum { COUNT = 500, ALLOWED_KIB = 1024 };
	struct subject *server;
	struct client *client;
	int64_t before_kib, grown_kib;

	for (int i = 0; i < 10; i++)
		root_pattern(text_print("%d.txt", i), 4096, (unsigned)i);
	server = subject_start(NULL);
	expect_status(get_once(server, "/0.txt"), 200);
	client = client_connect_slow(server);
	proc_wait_accepted(server, client);
	before_kib = memory_kib(server);
	send_numbered(client, COUNT);
	proc_wait_stuck(server, client);

	grown_kib = memory_kib(server) - before_kib;
	if (grown_kib > ALLOWED_KIB)
		fail_test("A client sent %d requests for 4 KiB each and did "
		          "not read. The server's memory has grown by %lld "
		          "KiB. While an answer waits to be sent it should "
		          "not prepare the next one.",
		          COUNT, (long long)grown_kib);
	expect_body(get_once(server, "/hello.txt"), ROOT_HELLO);

	/* Now it reads, and faster. */
	setsockopt(client_fd(client), SOL_SOCKET, SO_RCVBUF, &(int){1 << 20},
	           sizeof(int));
	for (int i = 0; i < COUNT; i++)
		expect_body_pattern(client_receive(client), 0, 4096,
		                    (unsigned)i % 10);
}

/* ---- The contract ---- */

CONTRACT(every_answer_ends_where_it_says, "1.1-1.10",
         "After an answer of whatever kind, the next one on the connection "
         "begins at the right byte.")
{
	static const struct {
		const char *method;
		const char *target;
		const char *field_lines;
		int status;
	} cases[] = {
		{"HEAD", "/hello.txt", "", 200},
		{"GET", "/empty", "", 200},
		{"HEAD", "/empty", "", 200},
		{"HEAD", "/huge.bin", "", 200},
		{"GET", "/hello.txt", "If-None-Match: *\r\n", 304},
		{"HEAD", "/hello.txt", "If-None-Match: *\r\n", 304},
		{"GET", "/hello.txt", "Range: bytes=1-2\r\n", 206},
		{"GET", "/hello.txt", "Range: bytes=6-\r\n", 416},
		{"GET", "/folder", "", 301},
		{"HEAD", "/folder", "", 301},
		{"GET", "/missing", "", 404},
		{"HEAD", "/missing", "", 404},
		{"POST", "/hello.txt", "", 405},
		{"GETX", "/hello.txt", "", 501},
	};
	struct subject *server;

	root_text("empty", "");
	root_sparse("huge.bin", (off_t)5 << 30);
	root_folder("folder");
	server = subject_start(NULL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct client *client = client_connect(server);
		struct response *response;

		client_sendf(client,
		             "%s %s HTTP/1.1\r\nHost: test\r\n%s\r\n"
		             "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n",
		             cases[i].method, cases[i].target,
		             cases[i].field_lines);
		response = client_receive_to(client, cases[i].method);
		expect_status(response, cases[i].status);
		/* It need not go on after an error, if it says so. */
		if (cases[i].status >= 400 &&
		    response_field(response, "Connection") != NULL)
			client_expect_fin(client);
		else
			expect_body(client_receive_to(client, "GET"),
			            ROOT_HELLO);
		client_reset(client);
	}
}

CONTRACT(close_is_honoured, "1.1-1.10",
         "After a request with \"Connection: close\" the answer says so, too, "
         "and is the last; what was sent behind it is not answered.")
{
	static const char *const fields[] = {
		"Connection: close",
		"connection:close",
		"Connection: Close",
		"Connection: x, close",
		"Connection: keep-alive,close ,x",
		"Connection: x\r\nConnection: close"};
	struct subject *server = subject_start(NULL);

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		struct client *client = client_connect(server);
		struct response *response;

		client_sendf(client,
		             "GET /hello.txt HTTP/1.1\r\nHost: test\r\n%s\r\n"
		             "\r\nGET / HTTP/1.1\r\nHost: test\r\n\r\n",
		             fields[i]);
		response = client_receive(client);
		expect_body(response, ROOT_HELLO);
		expect_field(response, "Connection", "close");
		client_expect_fin(client);
		client_reset(client);
	}
}

CONTRACT(words_that_are_not_close, "1.1-1.10",
         "A connection stays open if its client says nothing of closing it.")
{
	static const char *const fields[] = {
		"Connection: keep-alive", "Connection: closed", "X: close",
		"Connection: x-close", "Connection:"};
	struct subject *server = subject_start(NULL);
	struct client *client = client_connect(server);

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		client_request(client, "GET", "/hello.txt",
		               text_print("%s\r\n", fields[i]));
		expect_body(client_receive(client), ROOT_HELLO);
	}
}

CONTRACT(http_1_0_closes, "1.1-1.10",
         "With HTTP/1.0 the connection ends after the answer.")
{
	struct subject *server = subject_start(NULL);
	struct client *client = client_connect(server);
	struct response *response;

	client_send(client, "GET /hello.txt HTTP/1.0\r\n\r\n"
	                    "GET / HTTP/1.0\r\n\r\n");
	response = client_receive(client);
	expect_body(response, ROOT_HELLO);
	client_expect_fin(client);
}

CONTRACT(http_1_0_keep_alive, "1.1-1.10",
         "With HTTP/1.0 and \"Connection: keep-alive\" the connection stays "
         "open, and the answer says so.")
{
	struct subject *server = subject_start(NULL);
	struct client *client = client_connect(server);

	for (int i = 0; i < 3; i++) {
		struct response *response;

		client_send(client, "GET /hello.txt HTTP/1.0\r\n"
		                    "Connection: Keep-Alive\r\n\r\n");
		response = client_receive(client);
		expect_body(response, ROOT_HELLO);
		expect_field(response, "Connection", "keep-alive");
	}
}

CONTRACT(a_file_and_then_the_next, "1.1-1.10",
         "Long and short files come in the order of the requests.")
{
	enum { LONG_BYTES = 300000 };
	struct client *client;

	root_pattern("long.bin", LONG_BYTES, 4);
	client = client_connect(subject_start(NULL));
	for (int i = 0; i < 5; i++) {
		client_request(client, "GET", "/long.bin", "");
		client_request(client, "GET", "/hello.txt", "");
		client_request(client, "HEAD", "/long.bin", "");
	}
	for (int i = 0; i < 5; i++) {
		expect_body_pattern(client_receive(client), 0, LONG_BYTES, 4);
		expect_body(client_receive(client), ROOT_HELLO);
		expect_field(client_receive(client), "Content-Length",
		             "300000");
	}
}
