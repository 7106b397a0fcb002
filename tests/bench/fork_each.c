/*
 * fork_each.c - a process for each connection, forked when it comes.
 */
#include "canned.h"

#include <sys/wait.h>
#include <unistd.h>

int
main(int argc, char *argv[])
{
	struct canned_options options;
	int listen_fd = canned_open(&options, argc, argv, 0);

	for (;;) {
		int fd = canned_accept(listen_fd);
		if (canned_fork() == 0) {
			close(listen_fd); /* the parent's business */
			canned_serve(fd);
			_exit(0);
		}
		close(fd); /* or the client would never see the end */
		/* Not handled: zombies, until the next client comes. */
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
}
