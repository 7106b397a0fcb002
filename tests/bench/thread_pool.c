/*
 * thread_pool.c - -n threads, made beforehand. Each accepts for itself and
 * serves one connection to its end: who comes when all are busy has to wait.
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
	for (;;)
		canned_serve(canned_accept((int)(intptr_t)argument));
	return NULL;
}

int
main(int argc, char *argv[])
{
	struct canned_options options;
	int listen_fd = canned_open(&options, argc, argv, 0);

	for (int i = 0; i < options.count; i++) {
		pthread_t thread;
		errno = pthread_create(&thread, NULL, serve,
		                       (void *)(intptr_t)listen_fd);
		if (errno != 0)
			err(1, "cannot make a thread");
	}
	for (;;)
		pause();
}
