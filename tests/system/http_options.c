/*
 * http_options.c - the command line, what is printed, and the reserved paths.
 */
#define _GNU_SOURCE
#include "harness/client.h"
#include "harness/graded.h"
#include "harness/proc.h"
#include "harness/root.h"
#include "harness/subject.h"
#include "harness/wait.h"
#include "http_ask.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CORE "1.1-1.8"

enum { WORDS_MAX = 8, PIDS_MAX = 256 };

/* Starts it with just these words: up to WORDS_MAX, the last is NULL. */
static struct subject *
launch_bare(const char *const *words)
{
	return subject_launch_with(
		&(struct subject_options){.bare = true, .arguments = words});
}

static char *
join(const char *const *words)
{
	char *text = "";

	for (; *words != NULL; words++)
		text = text_print("%s%s%s", text, *text == '\0' ? "" : " ",
		                  *words);
	return text;
}

/* It ends with this code, names what is wrong on stderr, and has said nothing
   on stdout. */
static void
expect_complaint(const char *const *words, int code, const char *named)
{
	struct subject *server = launch_bare(words);
	char *said, *out;

	subject_may_end(server);
	WAIT_UNTIL(subject_has_ended(server) || *subject_stdout(server) != '\0',
	           "The server was started with %s. It should have ended with "
	           "%d; it %s.",
	           join(words), code, proc_describe(subject_pid(server)));
	out = subject_stdout(server);
	if (*out != '\0')
		fail_test("The server was started with %s. It said %s on "
		          "stdout; it should have exited with %d.",
		          join(words), text_quote(out, strlen(out)), code);
	subject_wait_exit(server, code);
	said = subject_stderr(server);
	if (strcasestr(said, named) == NULL)
		fail_test("The server was started with %s, and exited with %d. "
		          "It said %s on stderr; the message should name what "
		          "is wrong: \"%s\".",
		          join(words), code, text_quote(said, strlen(said)),
		          named);
}

CONTRACT(wrong_usage_is_explained, "",
         "A command line that is wrong gets a message on stderr that names "
         "what is wrong, and exit status 2.")
{
	static const struct {
		const char *words[WORDS_MAX];
		const char *named;
	} cases[] = {
		{{"--nonsense"}, "nonsense"},
		{{"-Z"}, "Z"},
		{{"-p"}, "p"},
		{{"--port"}, "port"},
		{{"-p", "abc"}, "abc"},
		{{"-p", ""}, "port"},
		{{"-p", "-1"}, "-1"},
		{{"-p", "65536"}, "65536"},
		{{"-p", "80x"}, "80x"},
		{{"-p", " 80"}, "80"},
		{{"-p", "99999999999999999999"}, "99999999999999999999"},
		{{"-a", "no-address"}, "no-address"},
		{{"-a", "127.0.0.256"}, "127.0.0.256"},
		{{"-a", "127.0.0.1:80"}, "127.0.0.1:80"},
		{{"-a", "[::1]"}, "[::1]"},
		{{"-c", "0"}, "0"},
		{{"-c", "many"}, "many"},
		{{"-c", "-5"}, "-5"},
		{{"-t", "10"}, "10"},
		{{"-t", "1,2,3"}, "1,2,3"},
		{{"-t", "1,2,3,"}, "1,2,3,"},
		{{"-t", "1,2,3,4,5"}, "1,2,3,4,5"},
		{{"-t", "1,2,x,4"}, "1,2,x,4"},
		{{"-t", "-1,2,3,4"}, "-1,2,3,4"},
		{{"-t", "nan,2,3,4"}, "nan"},
		{{"surplus"}, "surplus"},
		{{"-v=1"}, "="},
		{{"--verbose=yes"}, "verbose"},
#if STAGE >= 3
		{{"-w", "0"}, "0"},
		{{"-w", "all"}, "all"},
		{{"-w", "-1"}, "-1"},
#else
		{{"-w", "2"}, "w"},
#endif
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *words[WORDS_MAX + 2] = {"--port=0"};

		memcpy(words + 1, cases[i].words, sizeof(cases[i].words));
		expect_complaint(words, 2, cases[i].named);
	}
}

CONTRACT(cannot_start, "1.1-1.3",
         "A server that cannot start says what it could not do, to what, and "
         "why, and exits with 1.")
{
	const char *missing = text_print("%s/missing", root_path());

	expect_complaint((const char *[]){"-p", "0", "-r", missing, NULL}, 1,
	                 missing);
	expect_complaint((const char *[]){"-p", "0", "-r", missing, NULL}, 1,
	                 strerror(ENOENT));
	expect_complaint((const char *[]){"-p", "0", "-r",
	                                  root_file_path("hello.txt"), NULL},
	                 1, strerror(ENOTDIR));
	/* An address for examples (RFC 5737): no machine has it. */
	expect_complaint((const char *[]){"-p", "8080", "-a", "192.0.2.1", "-r",
	                                  root_path(), NULL},
	                 1, "192.0.2.1:8080");
	expect_complaint((const char *[]){"-p", "8080", "-a", "192.0.2.1", "-r",
	                                  root_path(), NULL},
	                 1, strerror(EADDRNOTAVAIL));
}

static char *
output_of(const char *option)
{
	struct subject *server =
		launch_bare((const char *[]){option, "--port=0", NULL});

	subject_wait_exit(server, 0);
	return subject_stdout(server);
}

CONTRACT(help_and_version, "",
         "--help names every option and --version says the version, on "
         "stdout, with exit status 0.")
{
	static const char *const options[] = {
		"--address",
		"--port",
		"--root",
		"--connections",
		"--timeouts",
		"--verbose",
		"--experiments",
		"--help",
		"--version",
#if STAGE >= 3
		"--workers",
#endif
	};
	char *help = output_of("-h");
	char *version = output_of("-V");

	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		if (strstr(help, options[i]) == NULL)
			fail_test("The text of -h has no %s. It is %s.",
			          options[i], text_quote(help, strlen(help)));
	}
	if (strcmp(output_of("--help"), help) != 0)
		fail_test("-h and --help print different texts.");
	if (strpbrk(version, "0123456789") == NULL)
		fail_test("-V printed %s; it should have a number.",
		          text_quote(version, strlen(version)));
	if (strcmp(output_of("--version"), version) != 0)
		fail_test("-V and --version print different texts.");
}

CONTRACT(long_and_short_options, CORE,
         "Each option has a short and a long name, with the same meaning; the "
         "root is the current folder if none is given.")
{
	static const char *const cases[][WORDS_MAX] = {
		{"-p0"},
		{"-p", "0", "-a", "127.0.0.1", "-r", ".", "-c", "10"},
		{"--port=0", "--address=127.0.0.1", "--root=./", "-xv"},
		{"--port", "0", "--connections", "10", "--verbose"},
		{"-p0", "-t", "10,60,30,2", "--experiments"},
		{"-p0", "--timeouts=1.5,.5,30.25,2"},
#if STAGE >= 3
		{"-p0", "-w", "1"},
		{"-p0", "--workers=2"},
#endif
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *words[WORDS_MAX + 1] = {0};
		struct subject *server;

		memcpy(words, cases[i], sizeof(cases[i]));
		server = subject_start_with(&(struct subject_options){
			.bare = true, .arguments = words, .cwd = root_path()});
		expect_body(get_once(server, "/hello.txt"), ROOT_HELLO);
		subject_kill(server);
	}
}

/* ---- Addresses ---- */

CONTRACT(listens_where_it_is_told, CORE,
         "The server listens at the address that it is told, and at no "
         "other.")
{
	struct subject *server = subject_start("-a", "127.0.0.2", NULL);
	struct sockaddr_in elsewhere = {
		.sin_family = AF_INET,
		.sin_port = htons((in_port_t)subject_port(server)),
		.sin_addr = {htonl(INADDR_LOOPBACK)},
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strncmp(subject_first_line(server),
	            "listening on http://127.0.0.2:",
	            strlen("listening on http://127.0.0.2:")) != 0)
		fail_test("The server was started with -a 127.0.0.2. It said "
		          "\"%s\".",
		          subject_first_line(server));
	expect_body(get_once(server, "/hello.txt"), ROOT_HELLO);
	if (connect(fd, (struct sockaddr *)&elsewhere, sizeof(elsewhere)) == 0)
		fail_test("The server was started with -a 127.0.0.2. A client "
		          "could connect to port %d of 127.0.0.1, too.",
		          subject_port(server));
	close(fd);
}

static bool
has_ipv6(void)
{
	struct sockaddr_in6 loopback = {.sin6_family = AF_INET6,
	                                .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool has = fd != -1 && bind(fd, (struct sockaddr *)&loopback,
	                            sizeof(loopback)) == 0;

	if (fd != -1)
		close(fd);
	return has;
}

CONTRACT(listens_on_ipv6, CORE,
         "With -a ::1 the server listens on IPv6 and says so as a URL does: "
         "[::1].")
{
	static const char begin[] = "listening on http://[::1]:";
	struct subject *server;

	if (!has_ipv6())
		not_checked("this machine has no ::1");
	server = subject_start("-a", "::1", NULL);
	if (strncmp(subject_first_line(server), begin, strlen(begin)) != 0)
		fail_test("The server was started with -a ::1. It said \"%s\"; "
		          "it should begin with \"%s\".",
		          subject_first_line(server), begin);
	expect_body(get_once(server, "/hello.txt"), ROOT_HELLO);
}

/* ---- What it says meanwhile ---- */

CONTRACT(verbose_tells_of_requests, CORE,
         "With -v there is a line on stderr for a request, without it none.")
{
	struct subject *quiet = subject_start(NULL);
	struct subject *verbose = subject_start("-v", NULL);

	expect_body(get_once(quiet, "/hello.txt"), ROOT_HELLO);
	expect_body(get_once(verbose, "/hello.txt"), ROOT_HELLO);
	WAIT_UNTIL(strstr(subject_stderr(verbose), "/hello.txt") != NULL,
	           "The server was started with -v. A client asked for "
	           "/hello.txt, and no line on stderr tells of it.");
	if (strstr(subject_stderr(quiet), "/hello.txt") != NULL)
		fail_test("The server was started without -v. A client asked "
		          "for /hello.txt, and stderr tells of it.");
}

CONTRACT(verbose_prints_no_control_bytes, "1.1-1.10",
         "What a client sends cannot reach the terminal of whoever reads the "
         "lines of -v: control bytes are not printed as they are.")
{
	struct subject *server = subject_start("-v", NULL);
	struct client *client = client_connect(server);
	char *said;

	client_send(client, "GET /\x1b[31m\x07 HTTP/1.1\r\nHost: test\r\n\r\n");
	expect_status(receive_last(client, "GET"), 400);
	expect_status(get_once(server, "/%1b[31m%07"), 404);
	proc_wait_parked(server);
	said = subject_stderr(server);
	for (const char *c = said; *c != '\0'; c++) {
		if (iscntrl((unsigned char)*c) && *c != '\n' && *c != '\t')
			fail_test("A client asked for a name with control "
			          "bytes in it. With -v the server printed the "
			          "byte %#x: %s.",
			          (unsigned char)*c,
			          text_quote(said, strlen(said)));
	}
}

/* ---- Reserved paths ---- */

CONTRACT(no_experiments_unless_told, CORE,
         "Without -x there is nothing at /.stats and /.burn.")
{
	struct subject *server = subject_start(NULL);

	expect_status(get_once(server, "/.stats"), 404);
	expect_status(get_once(server, "/.burn?ms=1"), 404);
}

/* The end of the JSON value that begins here, behind blanks; NULL: it is none.
   Of numbers and words only the letters are looked at. */
static const char *
skip_json(const char *json)
{
	static const char letters[] =
		"+-.0123456789abcdefghijklmnopqrstuvwxyzE";
	char end = *json == '{' ? '}' : ']';

	if (*json == '"')
		return (json = strchr(json + 1, '"')) == NULL ? NULL : json + 1;
	if (*json != '{' && *json != '[')
		return strspn(json, letters) == 0
		               ? NULL
		               : json + strspn(json, letters);
	for (bool is_first = true;; is_first = false) {
		json++;
		json += strspn(json, " \n\r\t");
		if (is_first && *json == end)
			return json + 1;
		if (end == '}') {
			json = *json == '"' ? skip_json(json) : NULL;
			json = json == NULL ? NULL : json + strspn(json, " \n");
			if (json == NULL || *json++ != ':')
				return NULL;
			json += strspn(json, " \n\r\t");
		}
		json = skip_json(json);
		if (json == NULL)
			return NULL;
		json += strspn(json, " \n\r\t");
		if (*json == end)
			return json + 1;
		if (*json != ',')
			return NULL;
	}
}

/* The number behind "name": in the text; -1: there is none. */
static long
json_number(const char *json, const char *name)
{
	const char *at = strstr(json, text_print("\"%s\":", name));

	return at == NULL ? -1 : atol(strchr(at, ':') + 1);
}

static bool
is_process_of(struct subject *server, long pid)
{
	pid_t pids[PIDS_MAX];
	size_t count = subject_pids(server, pids, PIDS_MAX);

	for (size_t i = 0; i < count; i++) {
		if (pids[i] == pid)
			return true;
	}
	return false;
}

CONTRACT(stats_are_json, CORE ", 1.9",
         "With -x, /.stats tells in JSON what the server has done so far.")
{
	static const char *const names[] = {"stage", "pid", "connections",
	                                    "requests", "wakeups"};
	struct subject *server = subject_start("-x", NULL);
	struct response *response = get_once(server, "/.stats");
	const char *json = (const char *)response->body;
	const char *end = skip_json(json);

	expect_status(response, 200);
	expect_field(response, "Content-Type", "application/json");
	if (end == NULL || end[strspn(end, " \r\n")] != '\0')
		fail_test("/.stats is no JSON: %s.",
		          text_quote(json, strlen(json)));
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (json_number(json, names[i]) < 0)
			fail_test("/.stats has no number \"%s\": %s.", names[i],
			          text_quote(json, strlen(json)));
	}
	if (!is_process_of(server, json_number(json, "pid")))
		fail_test("/.stats says that the process is %ld, which is not "
		          "one of the server's: %s.",
		          json_number(json, "pid"),
		          text_quote(json, strlen(json)));
	expect_status(ask_once(server, "HEAD", "/.stats", ""), 200);
	expect_status(get_once(server, "/.stats/"), 404);
	expect_status(get_once(server, "/.hidden"), 404);
}

static int64_t
cpu_ms(struct subject *server)
{
	pid_t pids[PIDS_MAX];
	size_t count = subject_pids(server, pids, PIDS_MAX);
	int64_t sum_ns = 0;

	for (size_t i = 0; i < count; i++)
		sum_ns += proc_cpu_ns(pids[i]);
	return sum_ns / 1000000;
}

CONTRACT(burn_burns, CORE,
         "With -x, /.burn?ms=N spends N ms of CPU time before it answers; more "
         "than 10,000, or no number, is refused.")
{
	static const char *const wrong[] = {
		"/.burn",          "/.burn?",
		"/.burn?ms=",      "/.burn?ms=x",
		"/.burn?ms=-1",    "/.burn?ms=1x",
		"/.burn?ms=10001", "/.burn?ms=99999999999999999999",
		"/.burn?10"};
	struct subject *server = subject_start("-x", NULL);
	int64_t before_ms = cpu_ms(server);

	expect_status(get_once(server, "/.burn?ms=50"), 200);
	if (cpu_ms(server) - before_ms < 45)
		fail_test("/.burn?ms=50 should have used 50 ms of CPU time. "
		          "The server used %lld ms.",
		          (long long)(cpu_ms(server) - before_ms));
	expect_status(get_once(server, "/.burn?ms=0"), 200);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		int status = get_once(server, wrong[i])->status;

		if (status != 400 && status != 404)
			fail_test("GET %s was answered with %d; it should be "
			          "400.",
			          wrong[i], status);
	}
}
