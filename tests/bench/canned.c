/*
 * canned.c - what the small servers of the measurements have in common.
 */
#define _GNU_SOURCE /* accept4() */
#include "canned.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BURN_PATH "/.burn?ms="

enum {
	HEAD_MAX_BYTES = 4096,
	BODY_BYTES = 1024,
	NS_PER_MS = 1000000,
	MS_PER_S = 1000,
};

/* With an end of the connection, and without. */
static struct answer {
	char text[BODY_BYTES + 256];
	size_t bytes;
} keeping, closing;

static void
make_answer(struct answer *answer, const char *connection)
{
	int head_bytes = snprintf(answer->text, sizeof answer->text,
	                          "HTTP/1.1 200 OK\r\n"
	                          "Content-Type: text/plain\r\n"
	                          "Content-Length: %d\r\n"
	                          "%s\r\n",
	                          BODY_BYTES, connection);

	memset(answer->text + head_bytes, 'x', BODY_BYTES);
	answer->bytes = (size_t)head_bytes + BODY_BYTES;
}

/* Memory that a fork() has to copy the tables of: what a real program has. */
static void
use_memory(int mebibytes)
{
	size_t bytes = (size_t)mebibytes << 20;

	if (bytes == 0)
		return;
	char *memory = malloc(bytes);
	if (memory == NULL)
		err(1, "cannot have %d MiB of memory", mebibytes);
	memset(memory, 1, bytes);
	/* Or the compiler sees that nobody reads it, and leaves it out. */
	__asm__ volatile("" : : "r"(memory) : "memory");
}

static int
listen_on(int port, int flags)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((in_port_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t address_bytes = sizeof address;
	const int on = 1;

	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	if (fd == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == -1 ||
	    bind(fd, (struct sockaddr *)&address, sizeof address) == -1 ||
	    listen(fd, CANNED_BACKLOG) == -1 ||
	    getsockname(fd, (struct sockaddr *)&address, &address_bytes) == -1)
		err(1, "cannot listen on 127.0.0.1:%d", port);
	printf("listening on http://127.0.0.1:%d/\n", ntohs(address.sin_port));
	fflush(stdout);
	return fd;
}

int
canned_open(struct canned_options *options, int argc, char *argv[], int flags)
{
	int option, port = 0;

	*options = (struct canned_options){.count = 1};
	while ((option = getopt(argc, argv, "p:n:m:")) != -1) {
		switch (option) {
		case 'p':
			port = atoi(optarg);
			break;
		case 'n':
			options->count = atoi(optarg);
			break;
		case 'm':
			options->mebibytes = atoi(optarg);
			break;
		default:
			exit(2);
		}
	}
	make_answer(&keeping, "");
	make_answer(&closing, "Connection: close\r\n");
	use_memory(options->mebibytes);
	return listen_on(port, flags);
}

static int64_t
cpu_time_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * MS_PER_S * NS_PER_MS + now.tv_nsec;
}

static void
burn(const char *head)
{
	const char *path = strstr(head, BURN_PATH);

	if (path == NULL)
		return;
	int64_t end = cpu_time_ns() +
	              (int64_t)atoi(path + strlen(BURN_PATH)) * NS_PER_MS;
	while (cpu_time_ns() < end)
		;
}

bool
canned_answer(int fd)
{
	char head[HEAD_MAX_BYTES];

	ssize_t got = recv(fd, head, sizeof head - 1, 0);
	if (got == -1)
		return errno == EAGAIN || errno == EINTR;
	if (got == 0)
		return false;
	head[got] = '\0';
	burn(head);
	bool closes = strstr(head, "Connection: close") != NULL;
	const struct answer *answer = closes ? &closing : &keeping;
	ssize_t sent = send(fd, answer->text, answer->bytes, MSG_NOSIGNAL);
	return sent == (ssize_t)answer->bytes && !closes;
}

void
canned_serve(int fd)
{
	while (canned_answer(fd))
		;
	close(fd);
}

int
canned_accept(int listen_fd)
{
	int fd;

	while ((fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC)) == -1)
		if (errno != EINTR && errno != ECONNABORTED)
			err(1, "accept");
	return fd;
}

int
canned_fork(void)
{
	pid_t parent = getpid();

	pid_t pid = fork();
	if (pid == -1)
		err(1, "fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent) /* it has died before we asked */
			_exit(0);
	}
	return pid;
}

void
canned_fork_all(int count, void (*work)(int number, void *data), void *data)
{
	for (int i = 0; i < count; i++) {
		if (canned_fork() == 0) {
			work(i, data);
			_exit(0);
		}
	}
	for (;;)
		pause();
}
