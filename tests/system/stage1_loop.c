/*
 * stage1_loop.c - what only a loop on select() in one process can show.
 */
#include "loop_tools.h"

#include "harness/client.h"
#include "harness/graded.h"
#include "harness/proc.h"
#include "harness/root.h"
#include "harness/subject.h"
#include "harness/wait.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>

/* ---- 1.6 ---- */

/*
 * The first client asks for /.burn, which keeps the server computing. Whoever
 * has not been accepted before waits until it is done, and we can count them.
 * False: we were too late to see it.
 */
static bool
count_waiting(int burn_ms, int *waiting)
{
	enum { COUNT = 5 };
	struct subject *server = subject_start("--experiments", NULL);
	struct client *clients[COUNT];
	struct proc_socket socket;

	stop_all(server);
	for (int i = 0; i < COUNT; i++)
		clients[i] = client_connect(server);
	client_request(clients[0], "GET", text_print("/.burn?ms=%d", burn_ms),
	               "");
	continue_all(server);
	WAIT_UNTIL(proc_server_socket(server, clients[0], &socket) &&
	                   socket.inode != 0 && socket.unread == 0,
	           "A client connected and asked. The server should read its "
	           "request; it %s.",
	           describe_all(server));
	*waiting = proc_waiting_clients(server);
	bool in_time = !client_has_input(clients[0]);
	subject_kill(server);
	return in_time;
}

SYSTEM(1_06, accepts_until_none_is_left, 1, "1.1-1.8",
       "One event stands for all the clients that wait: they are accepted "
       "before the loop does anything else.")
{
	int waiting;

	for (int burn_ms = 50; !count_waiting(burn_ms, &waiting); burn_ms *= 2)
		;
	if (waiting > 0)
		fail_test("5 clients connected while the server was stopped "
		          "(SIGSTOP), and the first one asked for something. "
		          "When the server worked on that, %d of the others "
		          "still waited for accept(): it accepts one client, "
		          "and goes back to the loop. It should accept until "
		          "accept() says EAGAIN.",
		          waiting);
}

/* ---- One wake-up for all that is ready ---- */

static long
count_wakeups(struct subject *server)
{
	static const char name[] = "\"wakeups\":";
	struct response *response = client_get(server, "/.stats");
	const char *text = strstr((const char *)response->body, name);

	if (text == NULL)
		fail_test("The answer to /.stats should have %s in it. %s",
		          name, client_story(response->client));
	return atol(text + strlen(name));
}

CONTRACT(one_wakeup_for_all, "1.1-1.9",
         "One wake-up serves all clients that are ready.")
{
	enum { COUNT = 50, WAKEUPS_MAX = 20 };
	struct subject *server = subject_start("--experiments", NULL);
	struct client *clients[COUNT];

	for (int i = 0; i < COUNT; i++)
		clients[i] = client_connect(server);
	proc_wait_accepted(server, clients[COUNT - 1]);
	long before = count_wakeups(server);
	stop_all(server);
	for (int i = 0; i < COUNT; i++)
		ask_hello(clients[i], "");
	continue_all(server);
	for (int i = 0; i < COUNT; i++)
		expect_hello(server, clients[i],
		             "50 clients asked in the same moment.");
	long wakeups = count_wakeups(server) - before;
	if (wakeups > WAKEUPS_MAX)
		fail_test("50 clients asked while the server was stopped "
		          "(SIGSTOP). To serve them it went round the loop %ld "
		          "times. Once is enough: select() tells of all that "
		          "are ready.",
		          wakeups);
}

/* ---- FD_SETSIZE ---- */

CONTRACT(numbers_beyond_the_set, "1.1-1.8, 1.13",
         "A connection whose number is FD_SETSIZE or above cannot be watched: "
         "it is closed or waits, and the others are served.")
{
	enum { COUNT = 40, LIMIT = 4096 };
	struct client *clients[COUNT];
	int served = 0;
	int closed = 0;

	/* Its own descriptors come to lie on both sides of the limit. */
	struct subject *server = subject_start_with(&(struct subject_options){
		.extra_fds = FD_SETSIZE - 24,
		.nofile_soft = LIMIT,
		.nofile_hard = LIMIT,
	});
	size_t fds = all_fds(server);
	for (int i = 0; i < COUNT; i++) {
		clients[i] = client_connect(server);
		client_send_some(clients[i], "GET", 3);
	}
	proc_wait_parked(server);
	subject_check(server);
	for (int i = 0; i < COUNT; i++) {
		if (client_has_input(clients[i])) {
			client_expect_end(clients[i]);
			closed++;
			continue;
		}
		if (proc_holder(server, clients[i]) == 0)
			continue;
		client_send(clients[i],
		            " /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n");
		expect_hello(server, clients[i],
		             text_print("1000 descriptors were taken when the "
		                        "server started. Then 40 clients "
		                        "connected. This one, number %d, was "
		                        "accepted and not closed, and has "
		                        "asked.",
		                        i + 1));
		served++;
	}
	if (served < 5)
		fail_test("1000 descriptors were taken when the server "
		          "started. Then 40 clients connected: %d of them were "
		          "closed, %d served. There is room for at least 5 "
		          "below FD_SETSIZE, %d.",
		          closed, served, FD_SETSIZE);
	for (int i = 0; i < COUNT; i++)
		client_close(clients[i]);
	wait_all_fds(server, fds, "40 clients connected and have gone.");
	expect_service(server, "1000 descriptors were taken when the server "
	                       "started, and 40 clients connected: more than "
	                       "have room below FD_SETSIZE. All have gone. "
	                       "Then a client came and asked.");
	expect_at_rest(server, 100, 10,
	               "Clients came for whom there were only numbers beyond "
	               "FD_SETSIZE, and have gone.");
}
