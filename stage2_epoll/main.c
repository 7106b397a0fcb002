/*
 * main.c - the server: options, open, run, close.
 */
#include "listener.h"
#include "loop.h"
#include "server.h"
#include "web/options.h"

#include <err.h>
#include <signal.h>
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

/* SIGTERM, or SIGINT from the keyboard. */
static void
on_signal(struct server *server, int signal_number)
{
	(void)signal_number;
	server_stop(server);
}

int
main(int argc, char *argv[])
{
	static struct options options;
	static struct server server;
	static struct stats stats;
	sigset_t watched;

	options_parse(&options, argc, argv);
	options_settle_connections(&options, loop_fd_limit());
	sigemptyset(&watched);
	sigaddset(&watched, SIGTERM);
	sigaddset(&watched, SIGINT);

	server_open(&server, &options, &stats, &watched, on_signal);
	int listen_fd = open_listener(&options);
	server_listen(&server, listen_fd);
	announce(listen_fd);
	server_run(&server);
	server_close(&server);
	return 0;
}
