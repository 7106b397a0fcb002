/*
 * threads.c - an echo server: a thread for each client.
 *
 * Each thread waits for its own client only, so a silent one holds up nobody
 * but its thread.
 */
#include "listener.h"

#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

/* A send may take less than it is given. Returns -1 if the client is gone. */
static int
send_all(int fd, const char *bytes, size_t count)
{
	while (count > 0) {
		/* MSG_NOSIGNAL: or SIGPIPE would end us when the client ends */
		ssize_t sent = send(fd, bytes, count, MSG_NOSIGNAL);
		if (sent == -1 && errno == EINTR)
			continue;
		if (sent == -1)
			return -1;
		bytes += sent;
		count -= (size_t)sent;
	}
	return 0;
}

static void *
serve(void *argument)
{
	int fd = (int)(intptr_t)argument;
	char bytes[4096];

	for (;;) {
		ssize_t got = recv(fd, bytes, sizeof bytes, 0);
		if (got == -1 && errno == EINTR)
			continue;
		if (got <= 0) /* it has said all it will, or is gone */
			break;
		if (send_all(fd, bytes, (size_t)got) == -1)
			break;
	}
	close(fd);
	return NULL;
}

int
main(int argc, char *argv[])
{
	int listen_fd = listener_open(argc, argv, 0);

	for (;;) {
		int fd = accept(listen_fd, NULL, NULL);
		if (fd == -1) {
			if (errno != EINTR && errno != ECONNABORTED)
				err(1, "accept"); /* Not handled: bad days. */
			continue;
		}
		pthread_t thread;
		if (pthread_create(&thread, NULL, serve,
		                   (void *)(intptr_t)fd) == 0)
			pthread_detach(thread); /* nobody will join it */
		else
			close(fd); /* no thread left: turn the client away */
	}
}
