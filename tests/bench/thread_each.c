/*
 * thread_each.c - a thread for each connection, made when it comes.
 */
#include "canned.h"

#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

static void *
serve(void *argument)
{
	canned_serve((int)(intptr_t)argument);
	return NULL;
}

int
main(int argc, char *argv[])
{
	struct canned_options options;
	int listen_fd = canned_open(&options, argc, argv, 0);

	for (;;) {
		int fd = canned_accept(listen_fd);
		pthread_t thread;
		errno = pthread_create(&thread, NULL, serve,
		                       (void *)(intptr_t)fd);
		if (errno != 0) {
			warn("cannot make a thread");
			close(fd); /* turns the client away */
			continue;
		}
		pthread_detach(thread);
	}
}
