/*
 * http_connect.c - clients come, send what they send in whatever pieces, and
 * go: exercises 1.3 and 1.7 seen from outside.
 */
#define _GNU_SOURCE
#include "harness/client.h"
#include "harness/graded.h"
#include "harness/proc.h"
#include "harness/root.h"
#include "harness/subject.h"
#include "harness/wait.h"
#include "http_ask.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define CORE "1.1-1.8"

enum { PIDS_MAX = 256 };

/* ---- Exercise 1.3: the listener ---- */

SYSTEM(1_03, a_client_connects, 1, "1.1-1.3",
       "The server says on which port it listens, and a client can connect to "
       "it.")
{
	struct subject *server = subject_start(NULL);
	pid_t pids[PIDS_MAX];
	size_t count = subject_pids(server, pids, PIDS_MAX);

	/* The kernel answers for a listening socket; the server need not even
	   run. (It could say that the next exercise is not written.) */
	for (size_t i = 0; i < count; i++)
		proc_stop(pids[i]);
	client_connect(server);
	client_connect(server);
	subject_kill(server);
}

/* Starts one on just this port, with nothing but the options. */
static struct subject *
launch_on_port(int port)
{
	const char *arguments[] = {"-p", text_print("%d", port), "-r",
	                           root_path(), NULL};

	return subject_launch_with(&(struct subject_options){
		.bare = true, .arguments = arguments});
}

/* It has said that it listens, or has given up. */
static bool
is_decided(struct subject *server)
{
	return subject_has_ended(server) || *subject_stdout(server) != '\0';
}

SYSTEM(1_03, port_in_use, 1, "1.1-1.3",
       "When another server has the port, this one says so, with the address "
       "and the reason, and exits with 1.")
{
	struct subject *first = subject_start(NULL);
	int port = subject_port(first);
	struct subject *second = launch_on_port(port);
	char *address = text_print("127.0.0.1:%d", port);
	char *said;

	subject_may_end(second);
	WAIT_UNTIL(is_decided(second),
	           "A server was started on port %d, which another one had. It "
	           "neither said that it listens nor ended; it %s.",
	           port, proc_describe(subject_pid(second)));
	if (*subject_stdout(second) != '\0')
		fail_test(
			"A server was started on port %d, which another one "
			"had. It said %s; bind() should have failed with "
			"EADDRINUSE. (With SO_REUSEPORT it does not, nor with "
			"SO_REUSEADDR if the other one does not listen.)",
			port,
			text_quote(subject_stdout(second),
		                   strlen(subject_stdout(second))));
	subject_wait_exit(second, 1);
	said = subject_stderr(second);
	if (strstr(said, address) == NULL ||
	    strstr(said, strerror(EADDRINUSE)) == NULL)
		fail_test("A server was started on port %d, which another one "
		          "had. It said %s on stderr; the message should name "
		          "the address, %s, and the reason, \"%s\": the "
		          "errno of the call that failed, which close() may "
		          "have changed meanwhile.",
		          port, text_quote(said, strlen(said)), address,
		          strerror(EADDRINUSE));
}

/* One request on a connection that the server closes first, so that this
   connection stays in TIME_WAIT on the server's side. */
static void
leave_time_wait(struct subject *server)
{
	struct client *client = client_connect(server);
	struct proc_socket socket;

	client_request(client, "GET", "/hello.txt", "Connection: close\r\n");
	expect_body(client_receive(client), ROOT_HELLO);
	client_expect_end(client);
	client_half_close(client);
	WAIT_UNTIL(!proc_server_socket(server, client, &socket) ||
	                   socket.state == TCP_TIME_WAIT,
	           "The server has ended a connection, and so has the client. "
	           "The server's side should be in TIME_WAIT.");
}

/* Says whether the second server got the port of the first. */
static bool
can_restart(int *port, char **said)
{
	struct subject *server = subject_start(NULL);

	*port = subject_port(server);
	leave_time_wait(server);
	subject_kill(server);
	server = launch_on_port(*port);
	subject_may_end(server);
	WAIT_UNTIL(is_decided(server),
	           "The server was started again on its port. It neither said "
	           "that it listens nor ended; it %s.",
	           proc_describe(subject_pid(server)));
	*said = subject_stderr(server);
	if (*subject_stdout(server) == '\0')
		return false;
	subject_wait_ready(server);
	expect_body(get_once(server, "/hello.txt"), ROOT_HELLO);
	return true;
}

SYSTEM(1_03, restart_on_the_same_port, 2, CORE,
       "A server that is started again on its port need not wait until the "
       "connections of the one before have left TIME_WAIT.")
{
	int port;
	char *said;

	/* Twice: meanwhile the kernel may have given the port to someone. */
	if (!can_restart(&port, &said) && !can_restart(&port, &said))
		fail_test("A server was started again on port %d, while a "
		          "connection of the one before was in TIME_WAIT, "
		          "where it stays for a minute. It said %s. With "
		          "SO_REUSEADDR, set before bind(), it can listen at "
		          "once.",
		          port, text_quote(said, strlen(said)));
}

/* ---- Exercise 1.7: reading ---- */

static const char split_request[] =
	"GET /hello.txt HTTP/1.0\r\nHost: test\r\n\r\n";

/* Sends the first so many bytes, waits until they are read, sends the rest. */
static void
send_in_two(struct subject *server, struct client *client, size_t first)
{
	client_send_bytes(client, split_request, first);
	proc_wait_consumed(server, client);
	if (client_has_input(client))
		fail_test("A client sent the first %zu bytes of a request, %s. "
		          "The server answered, or ended the connection, "
		          "before the rest had come. What has come stays in "
		          "the buffer until the head is complete. %s",
		          first, text_quote(split_request, first),
		          client_story(client));
	client_send(client, split_request + first);
}

SYSTEM(1_07, request_split_anywhere, 1, CORE,
       "A request that comes in two pieces, split at any byte, gets one "
       "answer, the right one.")
{
	struct subject *server = subject_start(NULL);

	for (size_t first = 1; first < strlen(split_request); first++) {
		struct client *client = client_connect(server);
		struct response *response;

		send_in_two(server, client, first);
		response = client_receive(client);
		if (response->status != 200 ||
		    !response_body_is(response, ROOT_HELLO, strlen(ROOT_HELLO)))
			fail_test("A client sent a request in two pieces, %s "
			          "and then the rest. It should have been "
			          "answered with /hello.txt, as in one piece: "
			          "the second is to be put behind the first. "
			          "%s",
			          text_quote(split_request, first),
			          client_story(client));
		client_expect_end(client);
		client_reset(client);
	}
}

static void
fail_stuck(const struct subject *server)
{
	fail_test("A client sent half of a request. Then another one sent "
	          "something, and the server took no notice of it: it %s. If "
	          "it waits there for the other half, it does so for all "
	          "clients. One call of recv(), then back to the loop.",
	          proc_describe(subject_pid(server)));
}

static bool
is_read(const struct subject *server, const struct client *client)
{
	struct proc_socket socket;

	return proc_server_socket(server, client, &socket) &&
	       socket.inode != 0 && socket.unread == 0;
}

SYSTEM(1_07, half_a_request_stops_nobody, 1, CORE,
       "A client that has sent half of a request does not keep another one "
       "waiting.")
{
	enum { SLOW = 4 }; /* so that each worker, if there are, has one */
	struct subject *server = subject_start(NULL);
	struct response *response;
	struct client *slow[SLOW];
	struct client *other;

	for (int i = 0; i < SLOW; i++) {
		slow[i] = client_connect(server);
		client_send(slow[i], "GET /hello.txt HT");
		if (!WAIT_FOR(is_read(server, slow[i])))
			fail_stuck(server);
	}
	other = client_connect(server);
	client_request(other, "GET", "/hello.txt", "");
	if (!WAIT_FOR(client_has_input(other)))
		fail_stuck(server);
	response = client_receive(other);
	expect_status(response, 200);
	expect_body(response, ROOT_HELLO);

	for (int i = 0; i < SLOW; i++) {
		client_send(slow[i], "TP/1.1\r\nHost: test\r\n\r\n");
		response = client_receive(slow[i]);
		expect_status(response, 200);
		expect_body(response, ROOT_HELLO);
	}
}

/* Does any process of the server hold this socket? */
static bool
is_held(struct subject *server, uint64_t inode)
{
	pid_t pids[PIDS_MAX];
	size_t count = subject_pids(server, pids, PIDS_MAX);

	for (size_t i = 0; i < count; i++) {
		if (proc_fd_of_socket(pids[i], inode) != -1)
			return true;
	}
	return false;
}

static int64_t
cpu_ns(struct subject *server)
{
	pid_t pids[PIDS_MAX];
	size_t count = subject_pids(server, pids, PIDS_MAX);
	int64_t sum_ns = 0;

	for (size_t i = 0; i < count; i++)
		sum_ns += proc_cpu_ns(pids[i]);
	return sum_ns;
}

/* The share of a CPU that all its processes use. */
static double
cpu_share(struct subject *server)
{
	int64_t begin_ms = wait_now_ms();
	int64_t begin_ns = cpu_ns(server);

	proc_cpu_share(subject_pid(server), 50); /* so long */
	return (double)(cpu_ns(server) - begin_ns) / 1e6 /
	       (double)(wait_now_ms() - begin_ms);
}

/* A client sends this and ends the connection, in whatever way. */
static void
leave_after(struct subject *server, const char *bytes, bool half)
{
	struct client *client = client_connect(server);
	struct proc_socket socket;
	const char *sent = *bytes == '\0' ? "nothing" : "half a request";
	double share;

	client_send(client, bytes);
	proc_wait_accepted(server, client);
	proc_wait_consumed(server, client);
	proc_server_socket(server, client, &socket);
	client_half_close(client);
	if (!half)
		client_close(client);
	if (WAIT_FOR(!is_held(server, socket.inode)))
		return;
	share = cpu_share(server);
	fail_test("A client connected, sent %s, and ended the connection. The "
	          "server should close its descriptor: recv() says 0 when the "
	          "client has sent all that it will. It still holds it%s.",
	          sent,
	          share < 0.1 ? ""
	                      : text_print(", and uses %.0f %% of a CPU: the "
	                                   "end of the stream is readable, "
	                                   "for ever",
	                                   share * 100));
}

SYSTEM(1_07, clients_leave_at_any_point, 1, CORE,
       "When a client ends the connection, having sent nothing or half a "
       "request, the server closes its descriptor and goes on.")
{
	struct subject *server = subject_start(NULL);
	double share;

	for (int i = 0; i < 2; i++) {
		leave_after(server, "", i == 0);
		leave_after(server, "GET /hel", i == 0);
		leave_after(server, "GET /hello.txt HTTP/1.1\r\nHost: t\r\n",
		            i == 0);
	}
	share = cpu_share(server);
	if (share > 0.1)
		fail_test("Clients connected and ended their connections. "
		          "Nobody is there any more, but the "
		          "server uses %.0f %% of a CPU.",
		          share * 100);
	expect_body(get_once(server, "/hello.txt"), ROOT_HELLO);
}

/* A request and the end of the client's stream, which the server finds both at
   the same time. */
static struct client *
ask_and_half_close(struct subject *server, const char *target)
{
	struct client *client = client_connect(server);
	pid_t pids[PIDS_MAX];
	size_t count = subject_pids(server, pids, PIDS_MAX);

	proc_wait_accepted(server, client);
	for (size_t i = 0; i < count; i++)
		proc_stop(pids[i]);
	client_request(client, "GET", target, "");
	client_half_close(client);
	client_wait_delivered(client);
	for (size_t i = count; i > 0; i--)
		proc_continue(pids[i - 1]);
	return client;
}

SYSTEM(1_07, request_and_end_at_once, 1, CORE,
       "A client that sends its request and then no more (FIN) gets its "
       "answer.")
{
	struct subject *server = subject_start(NULL);
	struct client *client = ask_and_half_close(server, "/hello.txt");
	struct response *response = client_receive(client);

	expect_status(response, 200);
	expect_body(response, ROOT_HELLO);
	client_expect_end(client);
}

CONTRACT(long_answer_after_the_end, CORE ", 1.9",
         "A client that sends its request and then no more (FIN) gets all of a "
         "long file.")
{
	enum { FILE_BYTES = 8 << 20 };
	struct subject *server;
	struct client *client;

	root_pattern("long.bin", FILE_BYTES, 6);
	server = subject_start(NULL);
	client = ask_and_half_close(server, "/long.bin");
	expect_status(client_receive_head(client), 200);
	client_receive_pattern(client, FILE_BYTES, 0, 6);
	client_expect_end(client);
}
