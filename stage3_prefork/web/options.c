/*
 * options.c - the command line.
 */
#define _GNU_SOURCE /* program_invocation_short_name */
#include "options.h"

#include "site.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	DEFAULT_PORT = 8080,
	DEFAULT_CONNECTIONS = 10000,
	MAX_CONNECTIONS = 10000000,
	MAX_WORKERS = 1024,
	MAX_TIMEOUT_S = 1000000,
	OTHER_DESCRIPTORS = 16, /* stdin to stderr, the root, the listener … */
};

#define VERSION "0.1"

#if STAGE >= 3
#define SHORT_OPTIONS "a:p:r:c:t:w:vxhV"
#else
#define SHORT_OPTIONS "a:p:r:c:t:vxhV"
#endif

static const char usage[] =
	"Usage: %s [OPTION]...\n"
	"Serve the files of a folder over HTTP.\n"
	"\n"
	"  -a, --address=ADDRESS  IPv4 or IPv6 address to listen on"
	" (127.0.0.1)\n"
	"  -p, --port=PORT        port, 0 for any that is free (8080)\n"
	"  -r, --root=FOLDER      the folder (.)\n"
	"  -c, --connections=N    connections at once, per process (as many as"
	" the\n"
	"                         descriptors suffice for, at most 10000)\n"
	"  -t, --timeouts=HEAD,IDLE,WRITE,LINGER\n"
	"                         seconds for a whole request head, between"
	" requests,\n"
	"                         without progress in writing, and for the"
	" client to\n"
	"                         close (10,60,30,2); decimals are allowed\n"
#if STAGE >= 3
	"  -w, --workers=N        worker processes (the CPUs this process may"
	" use)\n"
#endif
	"  -v, --verbose          a line on stderr for each client and "
	"request\n"
	"  -x, --experiments      answer /.stats and /.burn?ms=N\n"
	"  -h, --help             this text\n"
	"  -V, --version          the version\n";

static const struct option long_options[] = {
	{"address", required_argument, NULL, 'a'},
	{"port", required_argument, NULL, 'p'},
	{"root", required_argument, NULL, 'r'},
	{"connections", required_argument, NULL, 'c'},
	{"timeouts", required_argument, NULL, 't'},
#if STAGE >= 3
	{"workers", required_argument, NULL, 'w'},
#endif
	{"verbose", no_argument, NULL, 'v'},
	{"experiments", no_argument, NULL, 'x'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0},
};

static void __attribute__((noreturn, format(printf, 1, 2)))
wrong_usage(const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "%s: ", program_invocation_short_name);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\nTry '%s --help'.\n", program_invocation_short_name);
	exit(2);
}

/* A whole decimal number from least to most, and nothing behind it. */
static long
parse_number(const char *what, const char *text, long least, long most)
{
	char *end;

	errno = 0;
	long number = strtol(text, &end, 10);
	if (strspn(text, "0123456789") == 0 || *end != '\0' || errno != 0 ||
	    number < least || number > most)
		wrong_usage("%s must be a number from %ld to %ld, not '%s'",
		            what, least, most, text);
	return number;
}

static void
parse_timeouts(int64_t timeouts_ms[4], const char *text)
{
	const char *rest = text;

	for (int i = 0; i < 4; i++) {
		char *end = NULL;
		double seconds = -1;
		if (strspn(rest, "0123456789.") > 0)
			seconds = strtod(rest, &end);
		if (!(seconds >= 0.001 && seconds <= MAX_TIMEOUT_S) ||
		    end != rest + strspn(rest, "0123456789.") ||
		    *end != (i < 3 ? ',' : '\0'))
			wrong_usage("timeouts must be four numbers of seconds"
			            " (0.001 to %d), like 10,60,30,2, not '%s'",
			            MAX_TIMEOUT_S, text);
		timeouts_ms[i] = (int64_t)(seconds * 1000);
		rest = end + 1;
	}
}

static void
parse_address(struct options *options, const char *text, uint16_t port)
{
	struct sockaddr_in *ipv4 = (struct sockaddr_in *)&options->address;
	struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)&options->address;

	memset(&options->address, 0, sizeof options->address);
	if (inet_pton(AF_INET, text, &ipv4->sin_addr) == 1) {
		ipv4->sin_family = AF_INET;
		ipv4->sin_port = htons(port);
		options->address_bytes = sizeof *ipv4;
	} else if (inet_pton(AF_INET6, text, &ipv6->sin6_addr) == 1) {
		ipv6->sin6_family = AF_INET6;
		ipv6->sin6_port = htons(port);
		options->address_bytes = sizeof *ipv6;
	} else {
		wrong_usage("'%s' is not an IPv4 or IPv6 address", text);
	}
}

/* What the command line says of the address, until all of it is read. */
struct address_option {
	const char *text;
	uint16_t port;
};

static void
read_option(struct options *options, struct address_option *address, int option)
{
	switch (option) {
	case 'a':
		address->text = optarg;
		break;
	case 'p':
		address->port = (uint16_t)parse_number("the port", optarg, 0,
		                                       UINT16_MAX);
		break;
	case 'r':
		options->root = optarg;
		break;
	case 'c':
		options->connections = (size_t)parse_number(
			"connections", optarg, 1, MAX_CONNECTIONS);
		break;
	case 't':
		parse_timeouts(options->timeouts_ms, optarg);
		break;
	case 'w':
		options->workers =
			(int)parse_number("workers", optarg, 1, MAX_WORKERS);
		break;
	case 'v':
		options->is_verbose = true;
		break;
	case 'x':
		options->has_experiments = true;
		break;
	case 'h':
		printf(usage, program_invocation_short_name);
		exit(0);
	case 'V':
		printf("%s (Loop to Pool) " VERSION ", stage %d\n",
		       program_invocation_short_name, STAGE);
		exit(0);
	default: /* getopt_long() has said what is wrong */
		fprintf(stderr, "Try '%s --help'.\n",
		        program_invocation_short_name);
		exit(2);
	}
}

/* Started without stdin, stdout or stderr (`server <&-`), a program gets their
   numbers for what it opens: what it prints would go to a client. */
static void
occupy_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd != -1 && fd <= STDERR_FILENO);
	if (fd != -1)
		close(fd);
}

void
options_parse(struct options *options, int argc, char *argv[])
{
	struct address_option address = {"127.0.0.1", DEFAULT_PORT};
	int option;

	occupy_standard_descriptors();
	*options = (struct options){
		.root = ".",
		.timeouts_ms = {10000, 60000, 30000, 2000},
	};
	argv[0] = program_invocation_short_name; /* for getopt's messages */
	while ((option = getopt_long(argc, argv, SHORT_OPTIONS, long_options,
	                             NULL)) != -1)
		read_option(options, &address, option);
	if (optind < argc)
		wrong_usage("'%s' is not an option", argv[optind]);
	parse_address(options, address.text, address.port);
}

static rlim_t
raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		err(1, "cannot tell the limit of descriptors");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		err(1, "cannot raise the limit of descriptors");
	return limit.rlim_cur;
}

void
options_settle_connections(struct options *options, int fd_limit)
{
	rlim_t descriptors = raise_descriptor_limit();
	size_t asked = options->connections;

	if (descriptors > (rlim_t)fd_limit)
		descriptors = (rlim_t)fd_limit;
	rlim_t others = OTHER_DESCRIPTORS + SITE_CACHE_FILES;
	if (others > descriptors / 2)
		others = descriptors / 2; /* few are still better than none */
	rlim_t possible = descriptors - others;
	if (possible == 0)
		errx(1, "the limit of %ju descriptors is too low",
		     (uintmax_t)descriptors);

	if (asked == 0)
		options->connections = DEFAULT_CONNECTIONS;
	if (options->connections > possible)
		options->connections = (size_t)possible;
	if (asked > possible)
		warnx("%zu connections at once instead of %zu:"
		      " there are only %ju descriptors",
		      options->connections, asked, (uintmax_t)descriptors);
}

void
options_print_address(const struct sockaddr_storage *address,
                      char text[OPTIONS_ADDRESS_MAX])
{
	const struct sockaddr_in *ipv4 = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *ipv6 = (const struct sockaddr_in6 *)address;
	char host[INET6_ADDRSTRLEN] = "";

	if (address->ss_family == AF_INET6) {
		inet_ntop(AF_INET6, &ipv6->sin6_addr, host, sizeof host);
		snprintf(text, OPTIONS_ADDRESS_MAX, "[%s]:%u", host,
		         (unsigned)ntohs(ipv6->sin6_port));
	} else {
		inet_ntop(AF_INET, &ipv4->sin_addr, host, sizeof host);
		snprintf(text, OPTIONS_ADDRESS_MAX, "%s:%u", host,
		         (unsigned)ntohs(ipv4->sin_port));
	}
}
