/*
 * from2_epoll.c - a server without select()'s limits, and told only once.
 */
#include "harness/client.h"
#include "harness/graded.h"
#include "harness/proc.h"
#include "harness/root.h"
#include "harness/subject.h"
#include "harness/wait.h"
#include "loop_tools.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { MANY_CLIENTS = 1500, CROWD = 300, BATCH = 12 };

/* So that no time-out of the server comes before the test gives up. */
#define PATIENT "--timeouts=900,900,900,900"

SYSTEM(2_01, descriptors_beyond_1024, 4, "2.1-2.2, 2.4",
       "Clients whose descriptors are numbered beyond 1024 are served like all "
       "others.")
{
	static struct client *clients[MANY_CLIENTS];
	need_descriptors(MANY_CLIENTS + 200);
	struct subject *server = start_one_worker(PATIENT, NULL);

	for (int i = 0; i < MANY_CLIENTS; i++)
		clients[i] = client_connect(server);
	for (int i = 0; i < MANY_CLIENTS; i += 97) {
		ask_hello(clients[i], "");
		expect_hello(server, clients[i],
		             text_print("%d clients are connected. Number %d "
		                        "asked.",
		                        MANY_CLIENTS, i + 1));
	}
	ask_hello(clients[MANY_CLIENTS - 1], "");
	expect_hello(server, clients[MANY_CLIENTS - 1],
	             text_print("%d clients are connected. The last one asked.",
	                        MANY_CLIENTS));
}

SYSTEM(2_01, everything_at_once, 1, "2.1-2.2, 2.4-2.6",
       "A request that came before the server accepted its client is served, "
       "and the end that came with it is seen.")
{
	struct subject *server = subject_start(PATIENT, NULL);

	proc_wait_parked(server);
	stop_all(server);
	struct client *client = client_connect(server);
	ask_hello(client, "");
	client_half_close(client);
	continue_all(server);
	expect_hello(
		server, client,
		"While the server was stopped a client connected, sent its "
		"request and half-closed (FIN).");
	expect_let_go(
		server, client,
		"While the server was stopped a client connected, sent its "
		"request and half-closed (FIN), and was answered. (All of that "
		"is one event; EPOLLRDHUP in it tells that behind the request "
		"there is the end.)");
}

SYSTEM(2_01, slow_reader_gets_the_rest, 2, "1.8-1.9, 2.1-2.2, 2.4",
       "When a client that reads slowly has made room, the server goes on "
       "sending.")
{
	enum { BYTES = 2 << 20 };
	root_pattern("large.bin", BYTES, 3);
	struct subject *server = start_one_worker(PATIENT, NULL);
	struct client *client = client_connect_slow(server);

	client_request(client, "GET", "/large.bin", "");
	wait_blocked(server, client);
	speed_up(client);
	expect_status(client_receive_head(client), 200);
	expect_download(server, client, BYTES, 3,
	                "A client did not read, until the server could send no "
	                "more; then it read. (That there is room again is an "
	                "event: EPOLLOUT.)");
}

SYSTEM(2_01, idle_client_costs_nothing, 2, "2.1-2.2, 2.4",
       "A client that does not ask costs the server no time.")
{
	struct subject *server = start_one_worker(NULL, NULL);
	struct client *client = client_connect(server);

	ask_hello(client, "");
	expect_hello(server, client, "A client asked, and stays.");
	expect_at_rest(server, 300, 3,
	               "A client was answered, stays, and is silent. (Its "
	               "connection can be written to all the time: that must "
	               "not be told again and again.)");
}

SYSTEM(2_02, stop_and_continue_is_no_error, 3, "2.1-2.2, 2.4",
       "Ctrl-Z and fg (SIGSTOP and SIGCONT) do not end the server.")
{
	struct subject *server = subject_start(NULL, NULL);

	for (int i = 0; i < 3; i++) {
		proc_wait_parked(server);
		stop_all(server);
		continue_all(server);
		expect_service(server, "The server was stopped and continued: "
		                       "epoll_wait() then says EINTR, even "
		                       "without a handler.");
	}
}

SYSTEM(2_02, crowd_in_one_batch, 4, "2.1-2.2, 2.4",
       "However many clients are ready at once, each is answered.")
{
	static struct client *clients[CROWD];
	struct subject *server = start_one_worker(PATIENT, NULL);

	for (int i = 0; i < CROWD; i++)
		clients[i] = client_connect(server);
	proc_wait_parked(server);
	stop_all(server);
	for (int i = 0; i < CROWD; i++)
		ask_hello(clients[i], "");
	continue_all(server);
	for (int i = 0; i < CROWD; i++)
		expect_hello(server, clients[i],
		             text_print("While the server was stopped, %d "
		                        "clients asked. This is number %d.",
		                        CROWD, i + 1));
}

/* The descriptors that one process's epoll instance is interested in, and that
   the process has not open; -1 if the kernel does not say. */
static int
ghost_count(pid_t pid, int epoll_fd)
{
	char line[256];
	int ghosts = 0;
	FILE *file = fopen(text_print("/proc/%d/fdinfo/%d", (int)pid, epoll_fd),
	                   "r");

	if (file == NULL)
		return -1;
	while (fgets(line, sizeof line, file) != NULL) {
		int fd;
		if (sscanf(line, "tfd: %d", &fd) == 1 &&
		    proc_fd_target(pid, fd) == NULL)
			ghosts++;
	}
	fclose(file);
	return ghosts;
}

SYSTEM(2_03, no_ghosts_are_left, 3, "2.1-2.4",
       "When clients have gone, the kernel watches nothing for them any more.")
{
	struct subject *server = start_one_worker(NULL, NULL);
	pid_t pids[16];

	expect_service(server, "The first client.");
	proc_wait_parked(server);
	size_t fds = all_fds(server);
	for (int i = 0; i < 20; i++) {
		struct client *client = client_connect(server);
		ask_hello(client, "");
		expect_hello(server, client, "A client asked.");
		if (i % 2 == 0)
			client_reset(client);
		else
			client_close(client);
	}
	wait_all_fds(server, fds, "20 clients came and went.");
	proc_wait_parked(server);
	size_t count = subject_pids(server, pids, 16);
	for (size_t i = 0; i < count; i++) {
		int fd = proc_fd_find(pids[i], "anon_inode:[eventpoll]", 0);
		int ghosts = fd == -1 ? 0 : ghost_count(pids[i], fd);
		if (ghosts > 0)
			fail_test(
				"20 clients came and went. The epoll "
				"instance of process %d is still interested in "
				"%d descriptors that are not open.",
				(int)pids[i], ghosts);
	}
}

SYSTEM(2_03, one_closes_another_in_the_batch, 3, "2.1-2.4, 1.10",
       "A connection that is closed to make room is not touched any more, even "
       "if it had news in the same batch.")
{
	enum { ROUNDS = 20 };
	struct subject *server = start_one_worker("--connections=2", NULL);

	for (int round = 0; round < ROUNDS; round++) {
		struct client *idle = client_connect(server);
		ask_hello(idle, "");
		expect_hello(server, idle, "A client asked, and stays.");
		struct client *other = client_connect(server);
		ask_hello(other, "");
		expect_hello(server, other, "A second one asked, and stays.");
		proc_wait_parked(server);
		stop_all(server);
		struct client *third = client_connect(server);
		ask_hello(third, "");
		client_close(idle); /* its end is news in the same batch */
		continue_all(server);
		expect_hello(
			server, third,
			"There is room for two. Both were idle, one of them "
			"left, and a third one connected and asked, all "
			"while the server was stopped.");
		client_close(other);
		client_close(third);
	}
}

/* How many requests this process has begun to answer, as it says itself. */
static int
requests_begun(const struct response *response)
{
	int count = -1;
	const char *text = (const char *)response->body;
	const char *field = strstr(text, "\"requests\":");

	if (field == NULL || sscanf(field, "\"requests\": %d", &count) != 1)
		fail_test("/.stats does not say how many requests there were: "
		          "%s",
		          text);
	return count;
}

SYSTEM(2_04, greedy_client_waits_its_turn, 6, "2.1-2.4, 1.10",
       "A client that sends requests without end does not keep the others from "
       "theirs.")
{
	enum { REQUESTS = 800, ROUNDS = 8, WORK_BEGUN_NS = 5000000 };
	static const char request[] = "GET /.burn?ms=2 HTTP/1.1\r\n"
				      "Host: greedy\r\n\r\n";
	struct subject *server = start_one_worker("--experiments", PATIENT);
	char *wish = calloc(REQUESTS, sizeof request);
	int begun = 0;

	for (int i = 0; i < REQUESTS; i++)
		memcpy(wish + (size_t)i * (sizeof request - 1), request,
		       sizeof request);
	for (int round = 0; round < ROUNDS; round++) {
		struct proc_socket socket;
		struct client *greedy = client_connect(server);
		struct client *other = client_connect(server);
		proc_wait_accepted(server, greedy);
		proc_wait_accepted(server, other);
		int64_t cpu_ns = all_cpu_ns(server);
		client_send(greedy, wish);
		WAIT_UNTIL(all_cpu_ns(server) - cpu_ns > WORK_BEGUN_NS,
		           "A client sent %d requests. The server does "
		           "nothing; it %s.",
		           REQUESTS, describe_all(server));
		client_request(other, "GET", "/.stats", "");
		client_wait_delivered(other);
		/* If all of the greedy one's requests have been read by now, we
		   have come too late to see anything. */
		bool is_in_time = proc_server_socket(server, greedy, &socket) &&
		                  socket.unread > 0;
		int before = begun;
		begun = requests_begun(client_receive(other));
		if (is_in_time && begun - before >= REQUESTS)
			fail_test("A client sent %d requests in a row, 2 ms of "
			          "work each. In the midst of them another "
			          "client asked. The server answered all of "
			          "the first one's before it looked for "
			          "anybody else: %d requests in one turn.",
			          REQUESTS, begun - before);
		client_reset(greedy);
		client_close(other);
		if (is_in_time)
			return;
		begun = requests_begun(client_get(server, "/.stats"));
	}
	not_checked("the test's own process got too little of a CPU");
}

SYSTEM(2_05, sigterm_finishes_what_was_begun, 4, "2.1-2.6",
       "SIGTERM in the middle of a download: the client gets all of it, then "
       "the server ends with status 0.")
{
	enum { BYTES = 8 << 20 };
	root_pattern("large.bin", BYTES, 5);
	struct subject *server = subject_start(NULL, NULL);
	struct client *client = client_connect_slow(server);

	client_request(client, "GET", "/large.bin", "");
	expect_status(client_receive_head(client), 200);
	wait_blocked(server, client);
	subject_signal(server, SIGTERM);
	speed_up(client);
	expect_download(server, client, BYTES, 5,
	                "SIGTERM came in the middle of a download.");
	client_expect_end(client);
	subject_wait_exit(server, 0);
}

SYSTEM(2_05, sigterm_ends_an_idle_server, 4, "2.1-2.6",
       "SIGTERM ends a server with idle clients at once, with status 0.")
{
	struct subject *server = subject_start(NULL, NULL);
	struct client *client = client_connect(server);

	ask_hello(client, "");
	expect_hello(server, client, "A client asked, and stays.");
	subject_signal(server, SIGTERM);
	client_expect_end(client);
	subject_wait_exit(server, 0);
}

SYSTEM(2_07, requests_in_one_batch, 4, "2.1-2.2, 2.4, 2.7",
       "Requests that came in one go are all answered, though the kernel tells "
       "of them once.")
{
	struct subject *server = subject_start(PATIENT, NULL);
	struct client *client = client_connect(server);

	proc_wait_accepted(server, client);
	stop_all(server);
	for (int i = 0; i < BATCH; i++)
		client_request(client, "GET", "/hello.txt",
		               text_print("X-Long: %0900d\r\n", i));
	client_wait_delivered(client);
	continue_all(server);
	for (int i = 0; i < BATCH; i++)
		expect_hello(server, client,
		             text_print("While the server was stopped, %d "
		                        "requests of 950 bytes came over one "
		                        "connection: more than fit into its "
		                        "buffer. This is the answer to number "
		                        "%d.",
		                        BATCH, i + 1));
}

SYSTEM(2_07, last_request_and_the_end, 2, "2.1-2.2, 2.4, 2.7",
       "A client that sends its request and the end of the stream in one is "
       "answered, and then let go.")
{
	struct subject *server = subject_start(PATIENT, NULL);
	struct client *client = client_connect(server);

	proc_wait_accepted(server, client);
	stop_all(server);
	ask_hello(client, "");
	client_half_close(client);
	continue_all(server);
	expect_hello(server, client,
	             "While the server was stopped, a request "
	             "and the end of the stream came.");
	expect_let_go(server, client,
	              "While the server was stopped, a request and the end of "
	              "the stream came. The request was answered.");
	proc_wait_closed(server, client);
}

CONTRACT(nothing_is_allocated_later, "1.1-1.13, 2.1-2.7",
         "After the start the server asks for no memory, whatever clients do.")
{
	enum { CLIENTS = 200 };
	struct subject *server = start_one_worker(NULL, NULL);
	pid_t pids[16];
	int64_t before[16];

	expect_service(server, "The first client.");
	size_t count = subject_pids(server, pids, 16);
	for (size_t i = 0; i < count; i++)
		before[i] = proc_status_number(pids[i], "VmData");
	for (int round = 0; round < 3; round++) {
		struct client *clients[CLIENTS];
		for (int i = 0; i < CLIENTS; i++) {
			clients[i] = client_connect(server);
			ask_hello(clients[i], "");
		}
		for (int i = 0; i < CLIENTS; i++) {
			expect_hello(server, clients[i], "Many clients asked.");
			client_close(clients[i]);
		}
	}
	for (size_t i = 0; i < count; i++) {
		int64_t now = proc_status_number(pids[i], "VmData");
		if (now > before[i])
			fail_test("After the first client, process %d had %lld "
			          "KiB of data (VmData). After %d more it has "
			          "%lld.",
			          (int)pids[i], (long long)before[i],
			          3 * CLIENTS, (long long)now);
	}
}
