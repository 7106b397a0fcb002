/*
 * select.c - an echo server: one thread waits for all clients at once.
 */
#define _GNU_SOURCE /* accept4() */
#include "listener.h"

#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static struct client {
	bool is_open;
	size_t begin, end; /* bytes[begin .. end) came, and must go back */
	char bytes[4096];
} clients[FD_SETSIZE]; /* by descriptor */

/* Does what can be done for it now, and notes how far it has come. */
static void
on_client(int fd)
{
	struct client *client = &clients[fd];
	bool sends = client->begin < client->end;
	ssize_t count =
		sends ? send(fd, client->bytes + client->begin,
	                     client->end - client->begin, MSG_NOSIGNAL)
		      : recv(fd, client->bytes, sizeof client->bytes, 0);

	if (count == -1 && (errno == EAGAIN || errno == EINTR))
		return; /* not now */
	if (count > 0) {
		client->begin = sends ? client->begin + (size_t)count : 0;
		client->end = sends ? client->end : (size_t)count;
	} else { /* 0: it has said all it will; -1: it is gone */
		client->is_open = false;
		close(fd);
	}
}

static void
on_listener(int listen_fd)
{
	int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK);

	if (fd >= FD_SETSIZE)
		close(fd); /* an fd_set has no bit for it */
	else if (fd != -1)
		clients[fd] = (struct client){.is_open = true};
	else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
		err(1, "accept"); /* Not handled: bad days; stage 1. */
}

int
main(int argc, char *argv[])
{
	int listen_fd = listener_open(argc, argv, SOCK_NONBLOCK);
	fd_set readable, writable;

	for (;;) {
		FD_ZERO(&readable); /* anew: select() answers in its sets */
		FD_ZERO(&writable);
		FD_SET(listen_fd, &readable);
		for (int fd = 0; fd < FD_SETSIZE; fd++)
			if (clients[fd].is_open)
				FD_SET(fd, clients[fd].begin < clients[fd].end
				                   ? &writable
				                   : &readable);
		if (select(FD_SETSIZE, &readable, &writable, NULL, NULL) == -1)
			err(1, "select"); /* EINTR: no signal is caught */
		for (int fd = 0; fd < FD_SETSIZE; fd++)
			if (fd == listen_fd && FD_ISSET(fd, &readable))
				on_listener(fd);
			else if (FD_ISSET(fd, &readable) ||
			         FD_ISSET(fd, &writable))
				on_client(fd);
	}
}
