/*
 * listener.c - the beginning that the three servers have in common.
 */
#include "listener.h"

#include <err.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static in_port_t
read_port(const char *text)
{
	char *end;

	long port = strtol(text, &end, 10);
	if (*text == '\0' || *end != '\0' || port < 1 || port > 65535)
		errx(2, "%s is not a port: 1 to 65535", text);
	return (in_port_t)port;
}

int
listener_open(int argc, char *argv[], int flags)
{
	const int on = 1;
	in_port_t port = argc > 1 ? read_port(argv[1]) : 8080;
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	int fd = socket(AF_INET, SOCK_STREAM | flags, 0);
	if (fd == -1)
		err(1, "socket");
	/* Without it a restart can fail for a minute: ip(7). */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1)
		err(1, "SO_REUSEADDR");
	if (bind(fd, (struct sockaddr *)&address, sizeof address) == -1 ||
	    listen(fd, SOMAXCONN) == -1)
		err(1, "cannot listen on 127.0.0.1:%d", port);

	printf("listening on 127.0.0.1:%d\n", port);
	fflush(stdout);
	return fd;
}
