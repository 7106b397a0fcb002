/*
 * small.c - a server unlike ours that does what core.tsv asks for in stage 2.
 *
 * For new-test.sh: whoever writes a server from an empty file must be able to
 * get all points, whatever is inside. Level-triggered, a malloc() for each
 * client, no states, no time-outs, one answer in memory at a time.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { IN_MAX = 8192, HEAD_MAX = 256, EVENTS_MAX = 64 };

struct client {
	struct client *before, *next; /* of all clients */
	int fd;
	char in[IN_MAX];
	size_t in_bytes;
	char head[HEAD_MAX]; /* of the answer: send these first, */
	size_t head_bytes, head_sent;
	int file_fd; /* then this one; -1: no file */
	off_t offset, file_bytes;
	bool is_answering, is_last;
};

static int epoll_fd;
static struct client *first;
static bool is_stopping;
static char root[PATH_MAX];

static void
watch(struct client *client, int operation)
{
	struct epoll_event event = {
		.events = client->is_answering ? EPOLLOUT : EPOLLIN,
		.data.ptr = client,
	};

	if (epoll_ctl(epoll_fd, operation, client->fd, &event) == -1)
		err(1, "epoll_ctl");
}

static void
hang_up(struct client *client)
{
	if (client->file_fd != -1)
		close(client->file_fd);
	close(client->fd);
	if (client->before != NULL)
		client->before->next = client->next;
	else
		first = client->next;
	if (client->next != NULL)
		client->next->before = client->before;
	free(client);
}

/* The file that a request names, if it is inside the root and a file. */
static int
open_file(const char *name, off_t *bytes)
{
	char path[PATH_MAX + IN_MAX], real[PATH_MAX];
	struct stat stat;
	int fd;

	snprintf(path, sizeof path, "%s%s", root, name);
	if (strstr(name, "/.") != NULL || realpath(path, real) == NULL ||
	    strncmp(real, root, strlen(root)) != 0 || real[strlen(root)] != '/')
		return -1;
	fd = open(real, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd != -1 && (fstat(fd, &stat) == -1 || !S_ISREG(stat.st_mode))) {
		close(fd);
		return -1;
	}
	*bytes = fd == -1 ? 0 : stat.st_size;
	return fd;
}

/* HTTP/1.0, or a field Connection with "close" in it. */
static bool
is_last_request(const char *head)
{
	const char *field = strcasestr(head, "\nConnection:");

	if (strstr(head, " HTTP/1.0") != NULL)
		return true;
	return field != NULL && strcasestr(field, "close") != NULL;
}

/* Is there a whole request? Then its answer is begun. */
static bool
begin_answer(struct client *client)
{
	char *end = memmem(client->in, client->in_bytes, "\r\n\r\n", 4);
	char name[IN_MAX] = "";

	if (end == NULL)
		return false;
	*end = '\0';
	sscanf(client->in, "GET %8191[^ \r\n]", name);
	client->is_last = is_stopping || is_last_request(client->in);
	client->offset = client->file_bytes = 0;
	client->file_fd = open_file(name, &client->file_bytes);
	client->head_sent = 0;
	client->head_bytes = (size_t)snprintf(
		client->head, sizeof client->head,
		"HTTP/1.1 %s\r\nContent-Length: %lld\r\n%s\r\n",
		client->file_fd == -1 ? "404 Not Found" : "200 OK",
		(long long)client->file_bytes,
		client->is_last ? "Connection: close\r\n" : "");
	client->in_bytes -= (size_t)(end + 4 - client->in);
	memmove(client->in, end + 4, client->in_bytes);
	client->is_answering = true;
	return true;
}

/* What the kernel takes of the answer. False: the client has gone. */
static bool
go_on_sending(struct client *client)
{
	ssize_t sent;

	if (client->head_sent < client->head_bytes) {
		sent = send(client->fd, client->head + client->head_sent,
		            client->head_bytes - client->head_sent,
		            MSG_NOSIGNAL);
		if (sent == -1)
			return errno == EAGAIN || errno == EINTR;
		client->head_sent += (size_t)sent;
	} else if (client->offset < client->file_bytes) {
		sent = sendfile(client->fd, client->file_fd, &client->offset,
		                (size_t)(client->file_bytes - client->offset));
		if (sent == 0 || (sent == -1 && errno != EAGAIN))
			return false;
	}
	if (client->head_sent < client->head_bytes ||
	    client->offset < client->file_bytes)
		return true;
	if (client->file_fd != -1)
		close(client->file_fd);
	client->file_fd = -1;
	client->is_answering = false;
	return !client->is_last;
}

static bool
receive(struct client *client)
{
	ssize_t got = recv(client->fd, client->in + client->in_bytes,
	                   IN_MAX - client->in_bytes, 0);

	if (got > 0)
		client->in_bytes += (size_t)got;
	return got > 0 || (got == -1 && errno == EAGAIN);
}

static void
on_event(struct client *client)
{
	bool was_answering = client->is_answering;

	if (!(was_answering ? go_on_sending(client) : receive(client))) {
		hang_up(client);
		return;
	}
	if (!client->is_answering)
		begin_answer(client);
	if (client->is_answering != was_answering)
		watch(client, EPOLL_CTL_MOD);
}

static void
take_client(int listen_fd)
{
	int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct client *client;

	if (fd == -1)
		return;
	client = calloc(1, sizeof *client);
	if (client == NULL)
		err(1, "calloc");
	client->fd = fd;
	client->file_fd = -1;
	client->next = first;
	if (first != NULL)
		first->before = client;
	first = client;
	watch(client, EPOLL_CTL_ADD);
}

static int
listen_at(in_port_t port)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t bytes = sizeof address;

	if (fd == -1 || bind(fd, (struct sockaddr *)&address, bytes) == -1 ||
	    listen(fd, SOMAXCONN) == -1 ||
	    getsockname(fd, (struct sockaddr *)&address, &bytes) == -1)
		err(1, "listening");
	printf("listening on http://127.0.0.1:%d/\n", ntohs(address.sin_port));
	fflush(stdout);
	return fd;
}

/* Nobody new, and only whose answer has begun: it will be the last. */
static void
begin_to_stop(int listen_fd)
{
	is_stopping = true;
	close(listen_fd);
	for (struct client *client = first, *next; client != NULL;
	     client = next) {
		next = client->next;
		client->is_last = true;
		if (!client->is_answering)
			hang_up(client);
	}
}

/* SIGTERM and SIGINT, as a descriptor. */
static int
open_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	return signalfd(-1, &signals, SFD_CLOEXEC);
}

static in_port_t
read_options(int argc, char *argv[])
{
	static const struct option names[] = {
		{"port", required_argument, NULL, 'p'},
		{"root", required_argument, NULL, 'r'},
		{"timeouts", required_argument, NULL, 't'},
		{"workers", required_argument, NULL, 'w'},
		{0},
	};
	const char *folder = ".";
	int option, port = 8080;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (option == 'p')
			port = atoi(optarg);
		else if (option == 'r')
			folder = optarg;
		else if (option == '?')
			exit(2);
	}
	if (realpath(folder, root) == NULL)
		err(1, "%s", folder);
	return (in_port_t)port;
}

int
main(int argc, char *argv[])
{
	struct rlimit limit;
	struct client listener = {0}, signals = {0};
	struct epoll_event events[EVENTS_MAX];

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	signals.fd = open_signals();
	watch(&signals, EPOLL_CTL_ADD);
	listener.fd = listen_at(read_options(argc, argv));
	watch(&listener, EPOLL_CTL_ADD);
	while (!is_stopping || first != NULL) {
		int count = epoll_wait(epoll_fd, events, EVENTS_MAX, -1);
		for (int i = 0; i < count; i++) {
			struct client *client = events[i].data.ptr;
			if (client == &listener) {
				take_client(listener.fd);
			} else if (client == &signals) {
				epoll_ctl(epoll_fd, EPOLL_CTL_DEL, signals.fd,
				          NULL);
				begin_to_stop(listener.fd);
				break; /* some of the others are gone */
			} else {
				on_event(client);
			}
		}
	}
	return 0;
}
