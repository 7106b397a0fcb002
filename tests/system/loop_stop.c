/*
 * loop_stop.c - signals: a server that stops does not break its word.
 */
#define _GNU_SOURCE /* sigabbrev_np() */
#include "loop_tools.h"

#include "harness/client.h"
#include "harness/graded.h"
#include "harness/proc.h"
#include "harness/root.h"
#include "harness/subject.h"
#include "harness/wait.h"

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

enum {
	MIB = 1 << 20,
	GRACE_MS = 5000, /* for clients that stall */
};

/* Sends the signal and waits until nobody listens any more, and every process
   has heard of it: a main process has to pass it on. */
static void
begin_to_stop(struct subject *server, int signal_number)
{
	subject_signal(server, signal_number);
	WAIT_UNTIL(proc_waiting_clients(server) == -1,
	           "The server got a signal that tells it to stop, while a "
	           "client still had something to get. It should close its "
	           "listening socket at once; it %s.",
	           describe_all(server));
	WAIT_UNTIL(all_are_parked(server),
	           "The server got a signal that tells it to stop, while a "
	           "client still had something to get. It should wait for "
	           "that client; it %s.",
	           describe_all(server));
}

static void
expect_stop(struct subject *server, const char *done)
{
	WAIT_UNTIL(subject_has_ended(server),
	           "%s Now the server should end; it %s.", done,
	           describe_all(server));
	subject_wait_exit(server, 0);
}

/* An answer that tells the client not to ask again, and the end. */
static void
expect_last_hello(const struct subject *server, struct client *client,
                  const char *done)
{
	struct response *response = expect_hello(server, client, done);

	expect_field(response, "Connection", "close");
	client_expect_fin(client);
	client_close(client);
}

/* ---- Nothing to do ---- */

static void
stop_when_idle(int signal_number, const char *done)
{
	struct subject *server = subject_start(NULL, NULL);
	struct client *idle = client_connect(server);
	struct client *silent = client_connect(server);

	ask_hello(idle, "");
	expect_hello(server, idle, "A client asked.");
	proc_wait_accepted(server, silent);
	int64_t begin_ms = wait_now_ms();
	subject_signal(server, signal_number);
	subject_may_end(server);
	client_expect_fin(idle);
	client_expect_end(silent);
	expect_stop(server, done);
	int64_t passed_ms = wait_now_ms() - begin_ms;
	if (passed_ms > patient_ms(GRACE_MS / 2))
		fail_test("%s The server took %d ms to end. There was nothing "
		          "to wait for: it should end at once.",
		          done, (int)passed_ms);
}

CONTRACT(term_when_idle, "1.1-1.8, 1.10-1.12",
         "SIGTERM while all clients are idle: the server ends at once, with "
         "exit status 0.")
{
	stop_when_idle(SIGTERM, "Two clients were connected and idle; then the "
	                        "server got SIGTERM.");
}

CONTRACT(int_when_idle, "1.1-1.8, 1.10-1.12",
         "SIGINT (Ctrl-C) while all clients are idle: the server ends at once, "
         "with exit status 0.")
{
	stop_when_idle(SIGINT, "Two clients were connected and idle; then the "
	                       "server got SIGINT.");
}

/* ---- Something to do ---- */

CONTRACT(stop_lets_downloads_finish, "1.1-1.9",
         "SIGTERM while an answer is being sent: the client gets all of it, "
         "then the server ends.")
{
	root_pattern("large.bin", MIB, 1);
	struct subject *server = subject_start(NULL, NULL);
	struct client *slow = client_connect_slow(server);

	client_request(slow, "GET", "/large.bin", "");
	wait_blocked(server, slow);
	begin_to_stop(server, SIGTERM);
	expect_status(client_receive_head(slow), 200);
	speed_up(slow);
	client_receive_pattern(slow, MIB, 0, 1);
	client_expect_fin(slow);
	client_close(slow);
	expect_stop(server, "The server got SIGTERM during a download; the "
	                    "download has ended.");
}

CONTRACT(stop_answers_a_late_half, "1.1-1.8, 1.10",
         "SIGTERM after half a request has come: when the rest comes it is "
         "answered, with Connection: close.")
{
	struct subject *server = subject_start(NULL, NULL);
	struct client *client = client_connect(server);

	send_half(client);
	proc_wait_accepted(server, client);
	proc_wait_consumed(server, client);
	begin_to_stop(server, SIGTERM);
	send_other_half(client);
	expect_last_hello(server, client,
	                  "A client sent half a request, the server got "
	                  "SIGTERM, and the client sent the rest.");
	expect_stop(server, "The server got SIGTERM; its last client was "
	                    "answered.");
}

CONTRACT(stop_looks_once_more, "1.1-1.8, 1.10",
         "A request that has come in the moment of SIGTERM is answered.")
{
	struct subject *server = subject_start(NULL, NULL);
	struct client *before = client_connect(server);
	struct client *after = client_connect(server);

	ask_hello(before, "");
	expect_hello(server, before, "A client asked.");
	ask_hello(after, "");
	expect_hello(server, after, "Another client asked.");
	stop_all(server);
	ask_hello(before, "");
	client_wait_delivered(before);
	subject_signal(server, SIGTERM);
	ask_hello(after, "");
	client_wait_delivered(after);
	continue_all(server);
	expect_hello(server, before,
	             "While the server was stopped (SIGSTOP), an idle client "
	             "sent its next request, and then the server got SIGTERM.");
	client_expect_fin(before);
	client_close(before);
	expect_hello(server, after,
	             "While the server was stopped (SIGSTOP) it got SIGTERM, "
	             "and then an idle client sent its next request.");
	client_expect_fin(after);
	client_close(after);
	expect_stop(server, "The server got SIGTERM; its last clients were "
	                    "answered.");
}

CONTRACT(stop_answers_what_is_there, "1.1-1.10",
         "SIGTERM while several requests of one client wait: the next answer "
         "says that it is the last.")
{
	enum { KIB = 1 << 10 };
	root_pattern("large.bin", 256 * KIB, 1);
	struct subject *server = subject_start(NULL, NULL);
	struct client *slow = client_connect_slow(server);

	client_request(slow, "GET", "/large.bin", "");
	ask_hello(slow, "");
	ask_hello(slow, "");
	wait_blocked(server, slow);
	begin_to_stop(server, SIGTERM);
	expect_status(client_receive_head(slow), 200);
	speed_up(slow);
	client_receive_pattern(slow, 256 * KIB, 0, 1);
	struct response *last = client_receive(slow);
	expect_status(last, 200);
	expect_body(last, ROOT_HELLO);
	expect_field(last, "Connection", "close");
	client_expect_fin(slow);
	client_close(slow);
	expect_stop(server, "The server got SIGTERM; its last client was "
	                    "answered.");
}

CONTRACT(stop_refuses_new_clients, "1.1-1.9",
         "While the server finishes its work it accepts nobody any more.")
{
	root_pattern("large.bin", MIB, 1);
	struct subject *server = subject_start(NULL, NULL);
	struct client *slow = client_connect_slow(server);

	client_request(slow, "GET", "/large.bin", "");
	wait_blocked(server, slow);
	begin_to_stop(server, SIGTERM);
	if (client_try_connect(server) != NULL)
		fail_test("The server got SIGTERM during a download. Meanwhile "
		          "another client connected. It should be refused.");
	if (errno != ECONNREFUSED)
		fail_test("The server got SIGTERM during a download. Meanwhile "
		          "another client tried to connect and got \"%s\". It "
		          "should be refused.",
		          strerror(errno));
	client_reset(slow);
	expect_stop(server, "The server got SIGTERM; its last client has "
	                    "gone.");
}

CONTRACT(stop_serves_who_has_connected, "1.1-1.8",
         "Clients that were connected before SIGTERM, if only to the kernel, "
         "are served.")
{
	enum { COUNT = 40 };
	struct subject *server = subject_start(NULL, NULL);
	struct client *clients[COUNT];

	proc_wait_parked(server);
	stop_all(server);
	for (int i = 0; i < COUNT; i++) {
		clients[i] = client_connect(server);
		ask_hello(clients[i], "");
	}
	subject_signal(server, SIGTERM);
	continue_all(server);
	for (int i = 0; i < COUNT; i++) {
		expect_hello(server, clients[i],
		             text_print("While the server was stopped "
		                        "(SIGSTOP) %d clients connected and "
		                        "asked, and then it got SIGTERM. This "
		                        "is number %d.",
		                        COUNT, i + 1));
		client_close(clients[i]);
	}
	expect_stop(server, "The server got SIGTERM; its last clients were "
	                    "answered.");
}

CONTRACT(stop_when_full, "1.1-1.8, 1.10",
         "SIGTERM when there is no room: the clients that are there are "
         "served, then the server ends.")
{
	struct subject *server =
		start_one_worker("--connections=1", LONG_TIMEOUTS);
	struct client *client = client_connect(server);

	send_half(client);
	proc_wait_accepted(server, client);
	struct client *waiting = client_connect(server);
	ask_hello(waiting, "");
	proc_wait_consumed(server, client);
	begin_to_stop(server, SIGTERM);
	send_other_half(client);
	expect_last_hello(server, client,
	                  "The server has room for one client "
	                  "(--connections=1). That one sent half a request, "
	                  "another one waited, the server got SIGTERM, and the "
	                  "rest came.");
	client_close(client);
	client_close(waiting); /* the main process of stage 4 has accepted it */
	expect_stop(server, "The server got SIGTERM; its last client was "
	                    "answered, and has gone.");
}

/* ---- Who does not let it ---- */

CONTRACT(stop_does_not_wait_for_ever, "1.1-1.9, 1.11, 1.12",
         "SIGTERM while clients stall: after 5 seconds the server ends.")
{
	root_sparse("large.bin", MIB);
	struct subject *server = subject_start(NULL, NULL);
	struct client *half = client_connect(server);
	struct client *slow = client_connect_slow(server);

	send_half(half);
	client_request(slow, "GET", "/large.bin", "");
	proc_wait_accepted(server, half);
	wait_blocked(server, slow);
	int64_t begin_ms = wait_now_ms();
	wait_expect_ms(GRACE_MS);
	begin_to_stop(server, SIGTERM);
	expect_stop(server, "One client has sent half a request, another does "
	                    "not read its answer; then the server got "
	                    "SIGTERM, more than 8 seconds ago.");
	int64_t passed_ms = wait_now_ms() - begin_ms;
	if (passed_ms < GRACE_MS - 1000)
		fail_test("One client has sent half a request, another reads "
		          "slowly; then the server got SIGTERM. It ended %d ms "
		          "later. It should give them 5 seconds.",
		          (int)passed_ms);
}

CONTRACT(second_signal_ends_at_once, "1.1-1.8",
         "A second SIGTERM ends the server at once, whoever stalls.")
{
	struct subject *server = subject_start(NULL, NULL);
	struct client *half = client_connect(server);

	send_half(half);
	proc_wait_accepted(server, half);
	int64_t begin_ms = wait_now_ms();
	begin_to_stop(server, SIGTERM);
	subject_signal(server, SIGTERM);
	WAIT_UNTIL(subject_has_ended(server),
	           "The server got SIGTERM twice. It should have ended; it %s.",
	           describe_all(server));
	int64_t passed_ms = wait_now_ms() - begin_ms;
	if (passed_ms > GRACE_MS - 500)
		fail_test("The server got SIGTERM twice, and ended %d ms after "
		          "the first. The second one should have ended it at "
		          "once.",
		          (int)passed_ms);
}

/* All that comes up to the end of the stream. *ends_well: with FIN, and behind
   a whole answer. */
static uint64_t
read_to_end(struct client *client, bool *ends_well)
{
	static char bytes[64 * 1024];
	static const char tail[] = ROOT_HELLO;
	const size_t tail_bytes = sizeof tail - 1;
	char last[sizeof tail - 1] = "";
	uint64_t sum = 0;
	ssize_t got;

	while ((got = client_receive_some(client, bytes, sizeof bytes)) > 0) {
		size_t part =
			(size_t)got < tail_bytes ? (size_t)got : tail_bytes;
		memmove(last, last + part, tail_bytes - part);
		memcpy(last + tail_bytes - part, bytes + got - part, part);
		sum += (uint64_t)got;
	}
	*ends_well = got == 0 && memcmp(last, tail, tail_bytes) == 0;
	return sum;
}

enum { LOAD_CLIENTS = 24, LOAD_REQUESTS = 3500 };

/* Sends as many of the requests as the kernel takes; returns how many. */
static uint64_t
send_load(struct client *client)
{
	static const char request[] =
		"GET /hello.txt HTTP/1.1\r\nHost: t\r\n\r\n";
	const size_t request_bytes = sizeof request - 1;
	static char load[LOAD_REQUESTS * (sizeof request - 1)];
	size_t sent = 0;
	ssize_t more;

	for (size_t i = 0; i < LOAD_REQUESTS; i++)
		memcpy(load + i * request_bytes, request, request_bytes);
	while (sent < sizeof load &&
	       (more = client_send_some(client, load + sent,
	                                sizeof load - sent)) > 0)
		sent += (size_t)more;
	return sent / request_bytes;
}

/*
 * All clients send their load while the server is stopped; another one has
 * asked for /.burn. While the server works on that it gets SIGTERM, and after
 * it there is always something ready for a while. Returns how many requests
 * there are; 0 if the signal may have come too late.
 */
static uint64_t
term_under_load(struct subject *server, struct client **clients, int burn_ms)
{
	struct client *burning = client_connect(server);
	struct proc_socket socket;
	uint64_t asked = 0;

	for (int i = 0; i < LOAD_CLIENTS; i++)
		clients[i] = client_connect(server);
	proc_wait_accepted(server, burning);
	proc_wait_accepted(server, clients[LOAD_CLIENTS - 1]);
	stop_all(server);
	client_request(burning, "GET", text_print("/.burn?ms=%d", burn_ms), "");
	for (int i = 0; i < LOAD_CLIENTS; i++)
		asked += send_load(clients[i]);
	continue_all(server);
	WAIT_UNTIL(proc_server_socket(server, burning, &socket) &&
	                   socket.unread == 0,
	           "25 clients have asked. The server does not read the "
	           "request of the first; it %s.",
	           describe_all(server));
	subject_signal(server, SIGTERM);
	if (client_has_input(burning))
		return 0;
	client_receive(burning);
	client_reset(burning);
	return asked;
}

CONTRACT(stop_with_much_to_do, "1.1-1.8, 1.10",
         "SIGTERM while thousands of requests wait: some whole answers yet, "
         "the last one with Connection: close, and that is all.")
{
	struct client *clients[LOAD_CLIENTS];
	struct subject *server = NULL;
	uint64_t answer_bytes = 1;
	uint64_t answered = 0;
	uint64_t asked = 0;

	for (int burn_ms = 50; asked == 0; burn_ms *= 2) {
		server = start_one_worker("--experiments", NULL);
		struct response *response = client_get(server, "/hello.txt");
		answer_bytes = strlen(response->head) + response->body_bytes;
		asked = term_under_load(server, clients, burn_ms);
	}
	for (int i = 0; i < LOAD_CLIENTS; i++) {
		bool ends_well;
		answered += read_to_end(clients[i], &ends_well) / answer_bytes;
		if (!ends_well)
			fail_test("24 clients had sent thousands of requests "
			          "when the server got SIGTERM. Each should "
			          "get whole answers up to one that says "
			          "Connection: close, and then FIN. %s",
			          client_story(clients[i]));
		client_reset(clients[i]);
	}
	if (answered > asked / 2)
		fail_test("24 clients had sent %llu requests when the server "
		          "got SIGTERM. It answered %llu of them before it "
		          "stopped. The next answer to each client should be "
		          "its last.",
		          (unsigned long long)asked,
		          (unsigned long long)answered);
	expect_stop(server, "24 clients had sent thousands of requests when "
	                    "the server got SIGTERM. They have got their last "
	                    "answers and have gone.");
}

/* Says whether the connection is still there. */
static bool
ask_burn(struct client *client)
{
	static const char request[] =
		"GET /.burn?ms=4 HTTP/1.1\r\nHost: test\r\n\r\n";

	return client_send_some(client, request, strlen(request)) > 0;
}

/* If the client was answered, it asks again. False: it was told not to, or the
   server has ended the connection, having seen it idle for a moment. */
static bool
go_on_asking(struct client *client)
{
	char byte;
	ssize_t got = recv(client_fd(client), &byte, 1, MSG_PEEK);

	if (got == -1 && errno == EAGAIN)
		return true;
	if (got <= 0)
		return false;
	struct response *response = client_receive(client);
	return response_field(response, "Connection") == NULL &&
	       ask_burn(client);
}

/* Each client asks again as soon as it is answered. While the server computes
   for one of them the others have time for that, so that whenever it looks for
   events there are some. */
static void
keep_busy_until_stop(const struct subject *server, struct client **clients,
                     int count)
{
	int64_t begin_ms = wait_now_ms();
	int64_t end_ms = wait_deadline_ms();

	while (wait_now_ms() < end_ms) {
		for (int i = 0; i < count; i++)
			if (!go_on_asking(clients[i]))
				return;
		wait_nap();
	}
	fail_test("%d clients keep the server busy: whenever it looks for "
	          "events there are some. It got SIGTERM %d ms ago, and goes "
	          "on as if it had not: it hears signals only when it sleeps. "
	          "It should look for them now and then. It %s.",
	          count, (int)(wait_now_ms() - begin_ms), describe_all(server));
}

CONTRACT(term_is_heard_under_load, "1.1-1.8, 1.10",
         "A server that always has something to do hears SIGTERM too.")
{
	enum { COUNT = 8 };
	struct subject *server = start_one_worker("--experiments", NULL);
	struct client *clients[COUNT];

	for (int i = 0; i < COUNT; i++)
		clients[i] = client_connect(server);
	proc_wait_accepted(server, clients[COUNT - 1]);
	stop_all(server);
	for (int i = 0; i < COUNT; i++)
		ask_burn(clients[i]);
	continue_all(server);
	client_receive(clients[0]);
	ask_burn(clients[0]);
	subject_signal(server, SIGTERM);
	keep_busy_until_stop(server, clients, COUNT);
	for (int i = 0; i < COUNT; i++)
		client_reset(clients[i]);
	expect_stop(server, "The server got SIGTERM while many clients kept it "
	                    "busy; they have gone.");
}

/* ---- Signals that are not meant to stop it ---- */

CONTRACT(harmless_signals, "1.1-1.8, 1.10",
         "SIGPIPE and signals that mean nothing do not end the server or lose "
         "a client.")
{
	static const int numbers[] = {SIGPIPE, SIGCHLD, SIGURG, SIGWINCH};
	pid_t pids[64];
	struct subject *server = subject_start(NULL, NULL);
	size_t count = subject_pids(server, pids, 64);
	struct client *idle = client_connect(server);
	struct client *half = client_connect(server);

	ask_hello(idle, "");
	expect_hello(server, idle, "A client asked.");
	send_half(half);
	proc_wait_accepted(server, half);
	for (size_t n = 0; n < sizeof numbers / sizeof numbers[0]; n++) {
		for (size_t i = 0; i < count; i++)
			if (kill(pids[i], numbers[n]) == -1)
				err(1, "kill");
		expect_service(
			server,
			text_print("The server got SIG%s; then a client came.",
		                   sigabbrev_np(numbers[n])));
	}
	send_other_half(half);
	expect_hello(server, half,
	             "The server got harmless signals between "
	             "the halves of a request.");
	ask_hello(idle, "");
	expect_hello(server, idle,
	             "The server got harmless signals between "
	             "two requests of a connection.");
}

CONTRACT(stopped_and_continued, "1.1-1.9",
         "A server that was stopped for a while (Ctrl-Z) goes on as if "
         "nothing had been.")
{
	enum { TIMES = 5 };
	root_pattern("large.bin", MIB, 1);
	struct subject *server = subject_start(NULL, NULL);
	struct client *half = client_connect(server);
	struct client *slow = client_connect_slow(server);

	send_half(half);
	client_request(slow, "GET", "/large.bin", "");
	proc_wait_accepted(server, half);
	wait_blocked(server, slow);
	for (int i = 0; i < TIMES; i++) {
		stop_all(server);
		continue_all(server);
		expect_service(server, "The server was stopped (SIGSTOP) and "
		                       "continued. Then a client came.");
	}
	send_other_half(half);
	expect_hello(server, half,
	             "The server was stopped and continued "
	             "between the halves of a request.");
	expect_status(client_receive_head(slow), 200);
	speed_up(slow);
	client_receive_pattern(slow, MIB, 0, 1);
	expect_at_rest(server, 100, 10,
	               "The server was stopped and continued five times.");
}
