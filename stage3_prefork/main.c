/*
 * main.c - the server: options, open, run, close.
 */
#include "listener.h"
#include "loop.h"
#include "supervisor.h"
#include "web/cpus.h"
#include "web/options.h"
#include "web/site.h"

#include <err.h>
#include <stdio.h>
#include <sys/socket.h>

static int
open_listener(const struct options *options)
{
	const struct sockaddr_storage *address = &options->address;
	char text[OPTIONS_ADDRESS_MAX];

	int listen_fd = listener_open((const struct sockaddr *)address,
	                              options->address_bytes);
	if (listen_fd == -1) {
		options_print_address(address, text);
		err(1, "cannot listen on %s", text);
	}
	return listen_fd;
}

/* The first line on stdout: with port 0 only the kernel knows the port. */
static void
announce(int listen_fd)
{
	struct sockaddr_storage address;
	socklen_t address_bytes = sizeof address;
	char text[OPTIONS_ADDRESS_MAX];

	if (getsockname(listen_fd, (struct sockaddr *)&address,
	                &address_bytes) == -1)
		err(1, "cannot tell the port");
	options_print_address(&address, text);
	printf("listening on http://%s/\n", text);
	fflush(stdout);
}

/* All workers are ready. */
static void
on_open(struct supervisor *supervisor)
{
	announce(supervisor->job.listen_fd);
}

/* Better to be told once, here, than by every worker. */
static void
check_root(const char *root)
{
	struct site *site = site_open(root, 1);
	if (site == NULL)
		err(1, "cannot serve the folder %s", root);
	site_close(site);
}

int
main(int argc, char *argv[])
{
	static struct options options;
	static struct supervisor supervisor = {.on_open = on_open};

	options_parse(&options, argc, argv);
	options_settle_connections(&options, loop_fd_limit());
	if (options.workers == 0)
		options.workers = cpus_count();
	check_root(options.root);

	int listen_fd = open_listener(&options);
	supervisor_open(&supervisor, &options, listen_fd);
	supervisor_run(&supervisor);
	supervisor_close(&supervisor);
	return 0;
}
