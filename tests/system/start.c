/*
 * start.c - a server's first line, its command line, and its end.
 */
#include "harness/client.h"
#include "harness/graded.h"
#include "harness/proc.h"
#include "harness/root.h"
#include "harness/subject.h"

#include <signal.h>
#include <string.h>

CONTRACT(says_where_it_listens, "1.1-1.6",
         "The first line on stdout is \"listening on http://ADDRESS:PORT/\" "
         "with the port that the kernel has chosen.")
{
	struct subject *server = subject_start(NULL);
	const char *line = subject_first_line(server);

	if (strncmp(line, "listening on http://127.0.0.1:", 30) != 0)
		fail_test("The server was started without --address. Its "
		          "first line was \"%s\"; by default it listens on "
		          "127.0.0.1.",
		          line);
	client_connect(server);
}

CONTRACT(serves_a_file, "1.1-1.10", "A GET of a file is answered with it.")
{
	struct subject *server = subject_start(NULL);
	struct response *response = client_get(server, "/hello.txt");

	expect_status(response, 200);
	expect_body(response, ROOT_HELLO);
}

CONTRACT(starts_without_stdin, "1.1-1.10",
         "Started without stdin and stderr, the server serves as usual.")
{
	/* What is not written yet one says on stderr: the next one could not. */
	struct subject *usual = subject_start(NULL);
	expect_status(client_get(usual, "/hello.txt"), 200);
	subject_stop(usual);

	struct subject *server = subject_start_with(&(struct subject_options){
		.arguments = (const char *const[]){"--verbose", NULL},
		.closed_stdin = true,
		.closed_stderr = true,
	});
	struct response *response = client_get(server, "/hello.txt");

	expect_status(response, 200);
	expect_body(response, ROOT_HELLO);
}

CONTRACT(ends_on_sigterm, "1.1-1.6",
         "SIGTERM ends a server that has nothing to do, with exit status 0.")
{
	struct subject *server = subject_start(NULL);

	subject_stop(server);
}

CONTRACT(ends_on_sigint, "1.1-1.6",
         "SIGINT, Ctrl-C on a terminal, ends it in the same way.")
{
	struct subject *server = subject_start(NULL);

	proc_wait_parked(server);
	subject_signal(server, SIGINT);
	subject_wait_exit(server, 0);
}

static void
expect_usage_error(const char *const *arguments)
{
	struct subject *server = subject_launch_with(
		&(struct subject_options){.arguments = arguments});

	subject_wait_exit(server, 2);
	if (*subject_stderr(server) == '\0')
		fail_test("The server was started with a wrong command line "
		          "(%s ...) and exited with 2, but said nothing on "
		          "stderr. It should say what is wrong.",
		          arguments[0]);
}

CONTRACT(refuses_wrong_options, "",
         "A wrong command line: a message on stderr, exit status 2.")
{
	expect_usage_error((const char *[]){"--nonsense", NULL});
	expect_usage_error((const char *[]){"--port", "65536", NULL});
	expect_usage_error((const char *[]){"--port", "abc", NULL});
	expect_usage_error((const char *[]){"--address", "nowhere", NULL});
	expect_usage_error((const char *[]){"--connections", "-1", NULL});
	expect_usage_error((const char *[]){"--timeouts", "1,2,x,4", NULL});
}

CONTRACT(refuses_a_taken_port, "1.1-1.6",
         "It cannot listen: it says why on stderr, exit status 1.")
{
	struct subject *first = subject_start(NULL);
	char *port = text_print("%d", subject_port(first));
	struct subject *second = subject_launch("--port", port, NULL);
	char *address = text_print("127.0.0.1:%s", port);

	subject_wait_exit(second, 1);
	if (strstr(subject_stderr(second), address) == NULL)
		fail_test("A second server was started on a port that is "
		          "taken. On stderr it said %s; it should say that it "
		          "cannot listen on %s, and why.",
		          text_quote(subject_stderr(second),
		                     strlen(subject_stderr(second))),
		          address);
}
