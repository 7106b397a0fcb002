/*
 * fork_pool.c - -n processes, forked beforehand. Each accepts for itself and
 * serves one connection to its end: who comes when all are busy has to wait.
 */
#include "canned.h"

#include <stdlib.h>

static void
serve(int number, void *data)
{
	const int *listen_fd = data;

	(void)number;
	for (;;)
		canned_serve(canned_accept(*listen_fd));
}

int
main(int argc, char *argv[])
{
	struct canned_options options;
	int listen_fd = canned_open(&options, argc, argv, 0);

	canned_fork_all(options.count, serve, &listen_fd);
}
