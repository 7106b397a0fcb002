/*
 * options.h - the command line.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct options {
	struct sockaddr_storage address; /* with the port */
	socklen_t address_bytes;
	const char *root;
	size_t connections;     /* per process; 0: as many as can be */
	int64_t timeouts_ms[4]; /* head, idle, write, linger */
	int workers;            /* 0: the CPUs this process may use */
	bool is_verbose;
	bool has_experiments;
};

/*
 * Reads the command line. With --help or --version prints it and exits 0; with
 * anything wrong says what on stderr and exits 2. Before that it opens
 * /dev/null for those of stdin, stdout and stderr that are closed.
 */
void options_parse(struct options *options, int argc, char *argv[]);

/*
 * Raises the soft limit of descriptors to the hard one, and settles how many
 * connections there can be: as many as asked for, 10,000 if nothing was; fewer
 * if the descriptors (the process's, or those that the loop can watch, below
 * fd_limit) do not suffice for more. Exits 1 if they do not suffice for one.
 */
void options_settle_connections(struct options *options, int fd_limit);

/* The address as text for people: "127.0.0.1:8080", "[::1]:8080". */
enum { OPTIONS_ADDRESS_MAX = 64 };
void options_print_address(const struct sockaddr_storage *address,
                           char text[OPTIONS_ADDRESS_MAX]);

#endif
