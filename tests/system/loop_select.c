/*
 * loop_select.c - who is heard: watching, marking what is ready, accepting.
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

/* ---- 1.4 ---- */

static struct client *
connect_accepted(struct subject *server)
{
	struct client *client = client_connect(server);

	proc_wait_accepted(server, client);
	return client;
}

SYSTEM(1_04, highest_descriptor_is_heard, 1, "1.1-1.8",
       "A client is heard whatever number its descriptor has.")
{
	struct subject *server =
		subject_start_with(&(struct subject_options){.extra_fds = 20});
	struct client *a = connect_accepted(server);
	struct client *b = connect_accepted(server);
	struct client *c = connect_accepted(server);

	client_half_close(a);
	client_expect_end(a);
	proc_wait_closed(server, a);
	struct client *d = connect_accepted(server);

	ask_hello(c, "");
	expect_hello(server, c,
	             "The server was started with 20 descriptors open besides "
	             "its own. Clients A, B and C connected, A left, and D "
	             "connected: it got A's old number, and C still has the "
	             "highest. Then C asked for a file.");
	ask_hello(d, "");
	expect_hello(server, d,
	             "Clients A, B and C connected, A left, D got "
	             "A's old number and asked for a file.");
	ask_hello(b, "");
	expect_hello(server, b,
	             "Clients A, B and C connected, A left, D "
	             "came and was served; then B asked for a "
	             "file.");
}

SYSTEM(1_04, sets_are_built_each_turn, 1, "1.1-1.8",
       "The loop asks about every client in every turn, not only about those "
       "that it asked about before, or that were ready the last time.")
{
	struct subject *server = subject_start(NULL, NULL);
	struct client *a = connect_accepted(server);
	struct client *b = client_connect(server);

	ask_hello(b, "");
	expect_hello(server, b,
	             "Client A connected and said nothing. Then "
	             "client B connected and asked for a file.");
	ask_hello(a, "");
	expect_hello(server, a,
	             "Client A connected and said nothing; client "
	             "B came and was served. Then A asked for a "
	             "file.");
	expect_service(server, "Clients A and B have been served. Then client "
	                       "C came and asked for a file.");
}

SYSTEM(1_04, waiting_clients_cost_nothing, 1, "1.1-1.7",
       "While all clients are silent the server sleeps.")
{
	struct subject *server = subject_start(NULL, NULL);
	struct client *silent = connect_accepted(server);
	struct client *slow = client_connect(server);

	send_half(slow);
	proc_wait_accepted(server, slow);
	expect_at_rest(server, 250, 10,
	               "One client has connected and said nothing, another has "
	               "sent half a request.");
	client_expect_nothing(silent);
}

/* ---- 1.5 ---- */

SYSTEM(1_05, fifty_at_once, 2, "1.1-1.8",
       "However many clients are ready at once, each of them is served.")
{
	enum { COUNT = 50 };
	struct subject *server = subject_start(NULL, NULL);
	struct client *clients[COUNT];

	for (int i = 0; i < COUNT; i++)
		clients[i] = client_connect(server);
	proc_wait_accepted(server, clients[COUNT - 1]);
	stop_all(server);
	for (int i = 0; i < COUNT; i++)
		ask_hello(clients[i], "");
	continue_all(server);
	for (int i = 0; i < COUNT; i++)
		expect_hello(server, clients[i],
		             text_print("%d clients were connected. While the "
		                        "server was stopped (SIGSTOP) each of "
		                        "them asked for a file; this is number "
		                        "%d.",
		                        COUNT, i + 1));
}

SYSTEM(1_05, silent_among_active, 1, "1.1-1.8",
       "Clients that are not ready are left alone, and keep nobody waiting.")
{
	enum { COUNT = 20 };
	struct subject *server = subject_start(NULL, NULL);
	struct client *clients[COUNT];

	for (int i = 0; i < COUNT; i++)
		clients[i] = client_connect(server);
	proc_wait_accepted(server, clients[COUNT - 1]);
	stop_all(server);
	for (int i = 1; i < COUNT; i += 2)
		ask_hello(clients[i], "");
	continue_all(server);
	for (int i = 1; i < COUNT; i += 2)
		expect_hello(server, clients[i],
		             "Of 20 clients every second one asked for a file, "
		             "all in the same moment.");
	proc_wait_parked(server);
	for (int i = 0; i < COUNT; i += 2)
		client_expect_nothing(clients[i]);
	for (int i = 0; i < COUNT; i += 2) {
		ask_hello(clients[i], "");
		expect_hello(server, clients[i],
		             "Of 20 clients every second one was served. Then "
		             "one of those that had been silent asked for a "
		             "file.");
	}
}

/* ---- 1.6 ---- */

SYSTEM(1_06, accepts_all_that_wait, 1, "1.1-1.8",
       "All clients that have come by now are accepted and served.")
{
	enum { COUNT = 5 };
	struct subject *server = subject_start("--experiments", NULL);
	struct client *clients[COUNT];

	stop_all(server);
	for (int i = 0; i < COUNT; i++) {
		clients[i] = client_connect(server);
		ask_hello(clients[i], "");
	}
	continue_all(server);
	for (int i = 0; i < COUNT; i++)
		expect_hello(server, clients[i],
		             text_print("%d clients connected and asked for a "
		                        "file while the server was stopped "
		                        "(SIGSTOP). Then it went on. This is "
		                        "client number %d.",
		                        COUNT, i + 1));
}

SYSTEM(1_06, full_server_lets_wait, 1, "1.1-1.8, 1.11-1.12, 4.7",
       "When there is no room for one more client, it waits, without the "
       "server spinning, and is served as soon as another one has left.")
{
	struct subject *server =
		start_one_worker("--connections=2", LONG_TIMEOUTS);
	struct client *a = client_connect(server);
	struct client *b = client_connect(server);

	send_half(a);
	send_half(b);
	proc_wait_accepted(server, a);
	proc_wait_accepted(server, b);
	struct client *c = client_connect(server);
	ask_hello(c, "");
	/* It may look again every 100 ms. */
	expect_at_rest(server, 300, 30,
	               "The server has room for two clients (--connections=2). "
	               "A and B have sent half a request each; C has connected "
	               "and asked.");
	client_expect_nothing(c);

	send_other_half(a);
	expect_hello(server, a,
	             "The server is full, and client A has sent the "
	             "rest of its request.");
	client_close(a);
	expect_hello(server, c,
	             "The server had room for two clients, and C "
	             "waited. Then A was served and left.");
	client_close(c);
	send_other_half(b);
	expect_hello(server, b, "Client B has sent the rest of its request.");
	client_close(b);
	expect_service(server, "The server was full for a while; then all its "
	                       "clients have left.");
}

SYSTEM(1_06, full_server_makes_room, 1, "1.1-1.8, 1.10",
       "When there is no room for one more client, the one that has been idle "
       "between requests for longest has to go; one whose request has just "
       "come is not idle.")
{
	struct subject *server =
		start_one_worker("--connections=2", LONG_TIMEOUTS);
	struct client *a = client_connect(server);
	ask_hello(a, "");
	expect_hello(server, a, "Client A asked.");
	struct client *b = client_connect(server);
	ask_hello(b, "");
	expect_hello(server, b, "Client B asked.");

	struct client *c = client_connect(server);
	ask_hello(c, "");
	expect_hello(server, c,
	             "The server has room for two clients (--connections=2). A "
	             "was served, then B, and both are idle. Then C came and "
	             "asked: A, idle for longest, should be closed, and C "
	             "served.");
	client_expect_fin(a);
	client_expect_nothing(b);
	proc_wait_parked(server);

	/* Now B has been idle for longest, but its next request comes in the
	   same moment as another client. */
	stop_all(server);
	ask_hello(b, "");
	struct client *d = client_connect(server);
	ask_hello(d, "");
	continue_all(server);
	expect_hello(
		server, d,
		"The server has room for two clients. B and C were idle, B "
		"for longer. In the same moment B sent its next request, "
		"and D connected and asked.");
	expect_hello(
		server, b,
		"The server has room for two clients. B and C were idle, B "
		"for longer. In the same moment B sent its next request, "
		"and D connected and asked: B is not idle any more, and C "
		"should be closed for D.");
	client_expect_fin(c);
}
