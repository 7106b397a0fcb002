/*
 * given_options.c - the command line: what it sets, and what it refuses.
 *
 * options_parse() may end its process; so it is called in a child, which is
 * told apart by its exit status and by what it printed.
 */
#define _GNU_SOURCE
#include "harness/graded.h"
#include "web/options.h"
#include "web/site.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 12, SETTLED = 100 };

/* What a command line came to. */
struct outcome {
	struct options options; /* if it was accepted */
	bool has_returned;      /* it was */
	int status;             /* of exit() otherwise */
	char *out;              /* what was printed to stdout and stderr */
	char *err;
};

/* Shared with the child. */
static struct options *shared;

/* exit() in a fork of Criterion's process would run what is not ours. */
static void
leave(int status, void *unused)
{
	(void)unused;
	fflush(NULL);
	_exit(status);
}

static char *
read_all(int fd)
{
	char *text = calloc(1, 16384);
	size_t got = 0;
	ssize_t count;

	while ((count = read(fd, text + got, 16383 - got)) > 0)
		got += (size_t)count;
	close(fd);
	return text;
}

/* The program's name and the words of the line; quotes are not special. */
static int
split(char *line, char *argv[ARGUMENTS_MAX])
{
	int argc = 0;

	argv[argc++] = "server";
	for (char *word = strtok(line, " "); word != NULL;
	     word = strtok(NULL, " ")) {
		if (argc == ARGUMENTS_MAX - 1)
			fail_test("ARGUMENTS_MAX is too small for this test.");
		argv[argc++] = word;
	}
	argv[argc] = NULL;
	return argc;
}

/* In a child: fills in *shared, by the words or by a function. */
static struct outcome
run_child(void (*body)(void *), void *argument)
{
	struct outcome outcome = {.status = -1};
	int out[2], error[2];
	int status;

	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
	              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || pipe(out) == -1 || pipe(error) == -1)
		fail_test("The test could not be set up: %s.", strerror(errno));
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(out[1], STDOUT_FILENO);
		dup2(error[1], STDERR_FILENO);
		on_exit(leave, NULL);
		optind = 0; /* getopt_long(3): begin anew */
		body(argument);
		fflush(NULL);
		_exit(SETTLED);
	}
	close(out[1]);
	close(error[1]);
	outcome.out = read_all(out[0]);
	outcome.err = read_all(error[0]);
	if (pid == -1 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		fail_test("The child of this test did not exit. It printed "
		          "\"%s\" and \"%s\".",
		          outcome.out, outcome.err);
	outcome.has_returned = WEXITSTATUS(status) == SETTLED;
	outcome.status = WEXITSTATUS(status);
	outcome.options = *shared;
	return outcome;
}

static void
parse_in_child(void *argument)
{
	char *argv[ARGUMENTS_MAX];
	int argc = split(argument, argv);

	options_parse(shared, argc, argv);
}

static struct outcome
parse(const char *line)
{
	return run_child(parse_in_child, text_print("%s", line));
}

/* This must be accepted. */
static struct options
parse_good(const char *line)
{
	struct outcome outcome = parse(line);

	if (!outcome.has_returned)
		fail_test("The options \"%s\" ended the program with exit "
		          "status %d and this message: %s",
		          line, outcome.status, outcome.err);
	if (*outcome.out != '\0' || *outcome.err != '\0')
		fail_test("The options \"%s\" were accepted, but something was "
		          "printed: \"%s\" \"%s\".",
		          line, outcome.out, outcome.err);
	return outcome.options;
}

/* This must be refused, with a message that says this. */
static void
parse_bad(const char *line, const char *message)
{
	struct outcome outcome = parse(line);

	if (outcome.has_returned)
		fail_test("The options \"%s\" were accepted. The program "
		          "should have ended with exit status 2.",
		          line);
	if (outcome.status != 2 || *outcome.out != '\0')
		fail_test("The options \"%s\" ended the program with exit "
		          "status %d and \"%s\" on stdout. It should be 2 and "
		          "nothing.",
		          line, outcome.status, outcome.out);
	if (strstr(outcome.err, message) == NULL ||
	    strstr(outcome.err, "--help") == NULL)
		fail_test("The options \"%s\" were refused with the message "
		          "\"%s\". It should say \"%s\" and name --help.",
		          line, outcome.err, message);
}

static void
expect_address(const char *line, const char *expected)
{
	struct options options = parse_good(line);
	char text[OPTIONS_ADDRESS_MAX];

	options_print_address(&options.address, text);
	socklen_t bytes = options.address.ss_family == AF_INET
	                          ? sizeof(struct sockaddr_in)
	                          : sizeof(struct sockaddr_in6);
	if (strcmp(text, expected) != 0 || options.address_bytes != bytes)
		fail_test("The options \"%s\" give the address %s (%u bytes). "
		          "It should be %s (%u bytes).",
		          line, text, options.address_bytes, expected, bytes);
}

static void
expect_timeouts(const char *line, const int64_t expected[4])
{
	struct options options = parse_good(line);

	if (memcmp(options.timeouts_ms, expected, 4 * sizeof *expected) != 0)
		fail_test("The options \"%s\" give the timeouts %lld, %lld, "
		          "%lld and %lld ms. They should be %lld, %lld, %lld "
		          "and %lld ms.",
		          line, (long long)options.timeouts_ms[0],
		          (long long)options.timeouts_ms[1],
		          (long long)options.timeouts_ms[2],
		          (long long)options.timeouts_ms[3],
		          (long long)expected[0], (long long)expected[1],
		          (long long)expected[2], (long long)expected[3]);
}

GIVEN(options_defaults, "Without options everything is as the help says.")
{
	struct options options = parse_good("");
	const int64_t timeouts_ms[] = {10000, 60000, 30000, 2000};

	expect_address("", "127.0.0.1:8080");
	expect_timeouts("", timeouts_ms);
	cr_assert(options.connections == 0 && !options.is_verbose &&
	          !options.has_experiments);
	if (options.root == NULL || strcmp(options.root, ".") != 0)
		fail_test("Without options the root is not \".\".");
}

GIVEN(options_short_and_long, "Each option has a short and a long name.")
{
	const int64_t timeouts_ms[] = {1000, 2500, 1, 10};

	expect_address("-a 192.0.2.7 -p 80", "192.0.2.7:80");
	expect_address("--address=::1 --port 0", "[::1]:0");
	expect_address("-p65535 --address ::", "[::]:65535");
	expect_timeouts("-t 1,2.5,.001,0.01", timeouts_ms);
	expect_timeouts("--timeouts=1,2.5,0.001,.01", timeouts_ms);
	cr_assert_eq(parse_good("-c 7").connections, 7);
	cr_assert_eq(parse_good("--connections=10000000").connections,
	             10000000);
	cr_assert(parse_good("-v").is_verbose);
	cr_assert(parse_good("--verbose").is_verbose);
	cr_assert(parse_good("-x").has_experiments);
	cr_assert(parse_good("--experiments").has_experiments);
	cr_assert(parse_good("-vx").has_experiments);
}

/* The root is a pointer into argv: it is looked at where that is. */
static void
check_root_in_child(void *argument)
{
	char *argv[] = {"server", argument, "/srv/www", NULL};
	struct options options;

	options_parse(&options, 3, argv);
	printf("%s", options.root);
}

GIVEN(options_root, "The root is what --root says.")
{
	struct outcome outcome = run_child(check_root_in_child, "-r");

	cr_assert_str_eq(outcome.out, "/srv/www");
	outcome = run_child(check_root_in_child, "--root");
	cr_assert_str_eq(outcome.out, "/srv/www");
}

GIVEN(options_refuse_bad_numbers,
      "A number that is none, or is too small or too large, is refused.")
{
	parse_bad("-p 65536", "the port must be a number from 0 to 65535");
	parse_bad("-p -1", "the port");
	parse_bad("-p 80x", "'80x'");
	parse_bad("-p 0x50", "the port");
	parse_bad("-p=80", "the port");
	parse_bad("-p 99999999999999999999", "the port");
	parse_bad("--port=", "the port");
	parse_bad("-c 0", "connections must be a number from 1");
	parse_bad("-c -5", "connections");
	parse_bad("-c 10000001", "connections");
	parse_bad("-c +5", "connections");
}

GIVEN(options_refuse_bad_timeouts,
      "Timeouts are four positive numbers of seconds and nothing else.")
{
	static const char *const bad[] = {
		"1",         "1,2,3",     "1,2,3,4,5",   "1,2,3,",
		"1,2,,4",    "1,2,3,0",   "0,1,1,1",     "-1,1,1,1",
		"1,2,3,x",   "1,2,3,4s",  "nan,1,1,1",   "inf,1,1,1",
		"1;2;3;4",   "1,2,3,1e9", ".,1,1,1",     "1,2,3,1000001",
		"0x1,1,1,1", "1e1,1,1,1", "1,2,3,0.0001"};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		parse_bad(text_print("-t %s", bad[i]), bad[i]);
}

GIVEN(options_refuse_bad_addresses,
      "An address is an IPv4 or an IPv6 address, not a name.")
{
	parse_bad("-a localhost", "'localhost' is not an IPv4 or IPv6 address");
	parse_bad("-a 1.2.3", "'1.2.3'");
	parse_bad("-a 1.2.3.256", "'1.2.3.256'");
	parse_bad("-a [::1]", "'[::1]'");
	parse_bad("--address=", "''");
}

GIVEN(options_refuse_what_they_do_not_know,
      "An unknown option, a missing value and a word that is no option are "
      "refused.")
{
	parse_bad("-q", "q");
	parse_bad("--quick", "quick");
	parse_bad("-p", "p");
	parse_bad("--verbose=1", "verbose");
	parse_bad("folder", "'folder' is not an option");
	parse_bad("-v folder", "'folder'");
#if STAGE < 3
	parse_bad("-w 2", "w");
	parse_bad("--workers=2", "workers");
#else
	cr_assert_eq(parse_good("-w 2").workers, 2);
	cr_assert_eq(parse_good("--workers=16").workers, 16);
	parse_bad("-w 0", "workers must be a number from 1");
	parse_bad("-w 1025", "workers");
#endif
}

GIVEN(options_help_and_version,
      "--help and --version print to stdout and exit with 0.")
{
	static const char *const lines[] = {"-h", "--help", "-V", "--version",
	                                    "-p 80 --help"};

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct outcome outcome = parse(lines[i]);
		bool is_help = strchr(lines[i], 'h') != NULL;
		const char *part = is_help ? "--connections"
		                           : text_print("stage %d\n", STAGE);
		if (outcome.status != 0 || *outcome.err != '\0' ||
		    strstr(outcome.out, part) == NULL)
			fail_test("\"%s\" ended the program with exit status "
			          "%d, printed \"%s\" to stdout and \"%s\" to "
			          "stderr. It should be 0, a text with \"%s\", "
			          "and nothing.",
			          lines[i], outcome.status, outcome.out,
			          outcome.err, part);
	}
}

GIVEN(options_text_of_addresses,
      "An address is printed as one writes it in a browser.")
{
	expect_address("-a 2001:db8::1:2 -p 443", "[2001:db8::1:2]:443");
	expect_address("-a ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255 "
	               "-p 65535",
	               "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
	expect_address("-a 255.255.255.255", "255.255.255.255:8080");
}

/* ---- options_settle_connections() ---- */

struct settling {
	size_t asked;
	rlim_t soft, hard; /* of RLIMIT_NOFILE */
	int fd_limit;
};

static void
settle_in_child(void *argument)
{
	const struct settling *settling = argument;
	struct rlimit limit = {settling->soft, settling->hard};

	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		_exit(99);
	shared->connections = settling->asked;
	options_settle_connections(shared, settling->fd_limit);
	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur != settling->hard)
		_exit(98);
}

static struct outcome
settle(size_t asked, rlim_t hard, int fd_limit)
{
	struct settling settling = {asked, hard < 20 ? hard : 20, hard,
	                            fd_limit};
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_max < hard)
		not_checked("this process may have at most %ju descriptors",
		            (uintmax_t)limit.rlim_max);
	struct outcome outcome = run_child(settle_in_child, &settling);
	if (outcome.status == 98)
		fail_test("options_settle_connections() did not raise the soft "
		          "limit of descriptors, 20, to the hard one.");
	return outcome;
}

GIVEN(options_settle_what_can_be,
      "There are as many connections as were asked for, or as the descriptors "
      "suffice for, with a warning.")
{
	enum { FD_LIMIT = 1024 };
	struct outcome outcome = settle(0, 4000, FD_LIMIT);
	size_t possible = outcome.options.connections;

	/* Some are kept for the listener, the root, files, ... */
	if (!outcome.has_returned || possible >= FD_LIMIT ||
	    possible < FD_LIMIT / 2 || *outcome.err != '\0')
		fail_test("With %d descriptors and no wish there are %zu "
		          "connections, and this message: \"%s\". It should be "
		          "some fewer than %d, and no message.",
		          FD_LIMIT, possible, outcome.err, FD_LIMIT);
	outcome = settle(50, 4000, FD_LIMIT);
	if (outcome.options.connections != 50 || *outcome.err != '\0')
		fail_test("50 connections were asked for; there are %zu, and "
		          "this message: \"%s\".",
		          outcome.options.connections, outcome.err);
	outcome = settle(5000, 4000, FD_LIMIT);
	if (outcome.options.connections != possible ||
	    strstr(outcome.err, "5000") == NULL)
		fail_test("5000 connections were asked for, with %d "
		          "descriptors. There are %zu, and this message: "
		          "\"%s\". It should be %zu, and a message that says "
		          "so.",
		          FD_LIMIT, outcome.options.connections, outcome.err,
		          possible);
	outcome = settle(0, 12, FD_LIMIT);
	if (!outcome.has_returned || outcome.options.connections == 0 ||
	    outcome.options.connections >= 12)
		fail_test("With 12 descriptors in all there are %zu "
		          "connections, exit status %d. A few should be "
		          "possible.",
		          outcome.options.connections, outcome.status);
}
