/*
 * canned.h - what the small servers of the measurements have in common.
 *
 * They answer whatever they are asked with the same 1 KiB: nothing is parsed,
 * no file is looked for. What is left is what their way of serving many clients
 * costs, and that is what they are compared for. No server can be much faster
 * than the canned loop, so it is also the limit for the others.
 *
 * - Not handled: a request in two pieces, two requests in one, a client that
 *   does not read its answer. The load generator does none of this.
 * - "/.burn?ms=N" spends N milliseconds of CPU first, as the stages do with -x.
 * - A request with "Connection: close" is answered, and the connection closed.
 */
#ifndef CANNED_H
#define CANNED_H

#include <stdbool.h>

enum { CANNED_BACKLOG = 4096 };

struct canned_options {
	int count;     /* -n: threads or processes, where there is a pool */
	int mebibytes; /* -m: memory that the server has in use, besides */
};

/*
 * Reads the command line ([-p port] [-n count] [-m mebibytes]), opens a
 * listening socket on 127.0.0.1 and says so on stdout. flags: 0 or
 * SOCK_NONBLOCK. Returns its descriptor; ends the process with a message if
 * that fails.
 */
int canned_open(struct canned_options *options, int argc, char *argv[],
                int flags);

/*
 * Receives once, and answers. Returns false if the connection is to be closed:
 * it is at its end, or broken, or the client asked for it. With a non-blocking
 * socket that has nothing to say: true.
 */
bool canned_answer(int fd);

/* canned_answer() until the end, and close(fd); for those who may block. */
void canned_serve(int fd);

/* accept(2), blocking: repeats it until there is a client. */
int canned_accept(int listen_fd);

/* fork(2); the child ends when its parent does. Ends the process on failure. */
int canned_fork(void);

/* Forks `count` processes and runs work(number) in each; never returns. */
void canned_fork_all(int count, void (*work)(int number, void *data),
                     void *data) __attribute__((noreturn));

#endif
