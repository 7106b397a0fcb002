/*
 * load.c - many clients in one process, for the measurements.
 *
 *	load -p PORT [-u PATH] [-i IDLE] [-c CLIENTS] [-n REQUESTS] [-s SECONDS]
 *	     [-d DUE_MS] [-b BATCH] [-k] [-o FILE]
 *
 * Opens IDLE connections, on each of which one request is answered, and CLIENTS
 * that will ask; then says "ready" and waits for a line on stdin. Then the
 * clients ask, one request each at a time, until REQUESTS have been answered or
 * SECONDS have passed, and one line says
 *
 *	requests errors seconds median_us p90_us p99_us longest_us
 *
 * Then it waits for the end of stdin, so that what the open connections cost
 * can be looked at, and ends.
 *
 * -k  a connection for each request, which says "Connection: close"
 * -d  a client's next request is due DUE_MS after the one before was, not after
 *     that was answered: what comes late because the server stood still is
 *     counted as late, too
 * -b  how many connections are opened at a time, 64 at most (64); 1: one when the
 *     one before it has been answered
 * -o  writes the time of each request, in microseconds, into FILE
 *
 * An error is an answer that is not 200, or a connection that fails or ends too
 * early; the client goes on with a new one.
 */
#define _GNU_SOURCE /* memmem() */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	BUFFER_BYTES = 16384,
	BATCH_MAX = 256,
	CONNECT_MAX = 64,    /* at a time */
	TIMES_MAX = 1 << 20, /* what comes after these is not timed */
	ERRORS_MAX = 1000,   /* in a row: the server is gone */
	US_PER_S = 1000000,
	US_PER_MS = 1000,
};

struct client {
	int fd; /* -1: none */
	bool is_waiting;
	int64_t asked_us; /* when the request was sent, or was due */
	int64_t due_us;   /* the next one, with -d */

	/* the answer */
	char head[2048];
	size_t head_bytes;
	bool has_head;
	size_t body_left_bytes;
};

struct load {
	/* from the command line */
	int port;
	const char *path;
	int idle_count, client_count;
	long request_limit;
	double seconds;
	int due_ms;
	int batch;
	bool closes;
	const char *times_file;

	char request[512];
	size_t request_bytes;
	int epoll_fd;
	struct client *clients;

	/* counted */
	int waiting; /* clients whose request is not answered yet */
	long asked, answered, errors, errors_in_a_row;
	uint32_t *times_us;
	size_t time_count;
	int64_t began_us, ended_us;
};

static int64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / 1000;
}

static int
connect_to(int port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((in_port_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const int on = 1;

	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		err(1, "socket");
	if (connect(fd, (struct sockaddr *)&address, sizeof address) == -1) {
		close(fd);
		return -1;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return fd;
}

static void
make_request(struct load *load)
{
	load->request_bytes = (size_t)snprintf(
		load->request, sizeof load->request,
		"GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s\r\n", load->path,
		load->port, load->closes ? "Connection: close\r\n" : "");
	if (load->request_bytes >= sizeof load->request)
		errx(2, "the path is too long");
}

/* --- one answer ------------------------------------------------------------ */

/* The head is there: what does it promise? Returns -1 if it is not a 200. */
static int
read_head(struct client *client, const char *end)
{
	static const char length[] = "\r\ncontent-length:";

	client->has_head = true;
	client->body_left_bytes = SIZE_MAX; /* until the connection's end */
	if (client->head_bytes < 12 || memcmp(client->head + 9, "200", 3) != 0)
		return -1;
	for (const char *at = client->head; at < end; at++) {
		if (strncasecmp(at, length, sizeof length - 1) == 0) {
			client->body_left_bytes =
				strtoul(at + sizeof length - 1, NULL, 10);
			break;
		}
	}
	return 0;
}

/* Takes over what was received. Returns -1 if that is no good answer. */
static int
take(struct client *client, const char *bytes, size_t count)
{
	if (!client->has_head) {
		size_t room = sizeof client->head - 1 - client->head_bytes;
		size_t part = count < room ? count : room;
		size_t before = client->head_bytes;
		memcpy(client->head + before, bytes, part);
		client->head_bytes += part;
		client->head[client->head_bytes] = '\0';
		char *end =
			memmem(client->head, client->head_bytes, "\r\n\r\n", 4);
		if (end == NULL)
			return part < count ? -1 : 0; /* a head too long */
		if (read_head(client, end) == -1)
			return -1;
		size_t used = (size_t)(end + 4 - client->head) - before;
		count -= used;
	}
	if (client->body_left_bytes == SIZE_MAX)
		return 0;
	if (count > client->body_left_bytes)
		return -1; /* more than was promised */
	client->body_left_bytes -= count;
	return 0;
}

static void
forget_answer(struct client *client)
{
	client->head_bytes = 0;
	client->has_head = false;
	client->body_left_bytes = 0;
}

/* --- one client ------------------------------------------------------------ */

static void
set_waiting(struct load *load, struct client *client, bool is_waiting)
{
	load->waiting += is_waiting - client->is_waiting;
	client->is_waiting = is_waiting;
}

static void
disconnect(struct load *load, struct client *client)
{
	if (client->fd != -1)
		close(client->fd); /* leaves the epoll with it */
	client->fd = -1;
	set_waiting(load, client, false);
}

static void
fail(struct load *load, struct client *client)
{
	load->errors++;
	load->errors_in_a_row++;
	disconnect(load, client);
	if (load->errors_in_a_row > ERRORS_MAX)
		errx(1, "%d errors in a row: has the server ended?",
		     ERRORS_MAX);
}

static void
watch(struct load *load, struct client *client)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};

	if (epoll_ctl(load->epoll_fd, EPOLL_CTL_ADD, client->fd, &event) == -1)
		err(1, "epoll_ctl");
}

static void
connect_client(struct load *load, struct client *client)
{
	client->fd = connect_to(load->port);
	if (client->fd == -1) {
		fail(load, client);
		return;
	}
	watch(load, client);
}

static void
ask(struct load *load, struct client *client)
{
	client->asked_us = load->due_ms > 0 ? client->due_us : now_us();
	if (load->due_ms > 0)
		client->due_us += (int64_t)load->due_ms * US_PER_MS;
	load->asked++;
	forget_answer(client);
	if (client->fd == -1)
		connect_client(load, client);
	if (client->fd == -1)
		return;
	/* A request is small: it fits, or the connection is broken. */
	if (send(client->fd, load->request, load->request_bytes,
	         MSG_NOSIGNAL) != (ssize_t)load->request_bytes)
		fail(load, client);
	else
		set_waiting(load, client, true);
}

/* Is this client to ask again? With -d for all that was due before the end. */
static bool
has_more(const struct load *load, const struct client *client)
{
	if (load->request_limit > 0 && load->asked >= load->request_limit)
		return false;
	if (load->seconds <= 0)
		return true;
	int64_t next_us = load->due_ms > 0 ? client->due_us : now_us();
	return (double)(next_us - load->began_us) < load->seconds * US_PER_S;
}

static void
finish_answer(struct load *load, struct client *client)
{
	int64_t took_us = now_us() - client->asked_us;

	load->answered++;
	load->errors_in_a_row = 0;
	if (load->time_count < TIMES_MAX)
		load->times_us[load->time_count++] = (uint32_t)took_us;
	set_waiting(load, client, false);
	if (load->closes)
		disconnect(load, client);
}

static void
on_input(struct load *load, struct client *client)
{
	static char bytes[BUFFER_BYTES];

	ssize_t got = recv(client->fd, bytes, sizeof bytes, MSG_DONTWAIT);
	if (got == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got == 0 && !client->is_waiting) { /* the server's right */
		disconnect(load, client);
		return;
	}
	if (got == 0 && client->has_head &&
	    (client->body_left_bytes == 0 ||
	     client->body_left_bytes == SIZE_MAX)) {
		finish_answer(load, client);
		disconnect(load, client);
		return;
	}
	if (got <= 0 || take(client, bytes, (size_t)got) == -1) {
		fail(load, client);
		return;
	}
	/* With -k the end belongs to the answer: the server is to close. */
	if (client->has_head && client->body_left_bytes == 0 && !load->closes)
		finish_answer(load, client);
}

/* --- all of them ----------------------------------------------------------- */

/* Asks for those who are free, and with -d due. Returns false if all is
   over. */
static bool
ask_all(struct load *load)
{
	int64_t now = now_us();
	bool is_over = true;

	for (int i = 0; i < load->client_count; i++) {
		struct client *client = &load->clients[i];
		if (client->is_waiting) {
			is_over = false;
		} else if (has_more(load, client)) {
			is_over = false;
			if (load->due_ms == 0 || client->due_us <= now)
				ask(load, client);
		}
	}
	return !is_over;
}

static void
run(struct load *load)
{
	struct epoll_event events[BATCH_MAX];

	load->began_us = now_us();
	/* With -d they do not all come in the same moment. */
	for (int i = 0; i < load->client_count; i++)
		load->clients[i].due_us =
			load->began_us + (int64_t)load->due_ms * US_PER_MS * i /
						 load->client_count;
	/* Nothing is to be asked for as long as all wait for an answer. */
	while (load->client_count > 0 &&
	       (load->waiting == load->client_count || ask_all(load))) {
		int count = epoll_wait(load->epoll_fd, events, BATCH_MAX,
		                       load->due_ms > 0 ? 1 : 100);
		for (int i = 0; i < count; i++) {
			struct client *client = events[i].data.ptr;
			on_input(load, client);
			if (!client->is_waiting && load->due_ms == 0 &&
			    has_more(load, client))
				ask(load, client);
		}
	}
	load->ended_us = now_us();
}

static void
begin_connection(struct load *load, struct client *client)
{
	*client = (struct client){.fd = connect_to(load->port)};
	if (client->fd == -1)
		err(1, "connect");
	if (send(client->fd, load->request, load->request_bytes,
	         MSG_NOSIGNAL) == -1)
		err(1, "send");
}

static void
await_answer(struct client *client)
{
	static char bytes[BUFFER_BYTES];

	while (!client->has_head || client->body_left_bytes > 0) {
		ssize_t got = recv(client->fd, bytes, sizeof bytes, 0);
		if (got == -1 && errno == EINTR)
			continue;
		if (got == -1)
			err(1, "recv");
		if (got == 0 || take(client, bytes, (size_t)got) == -1)
			errx(1, "a new connection was not answered");
	}
}

/* Connections on each of which one request has been answered. Some at a time:
   the server need not fall asleep after each. */
static void
open_connections(struct load *load, struct client *clients, int count)
{
	for (int i = 0; i < count; i++)
		begin_connection(load, &clients[i]);
	for (int i = 0; i < count; i++)
		await_answer(&clients[i]);
}

static void
open_idle(struct load *load)
{
	static struct client batch[CONNECT_MAX];

	for (int left = load->idle_count; left > 0; left -= load->batch)
		open_connections(load, batch,
		                 left < load->batch ? left : load->batch);
}

static void
open_clients(struct load *load)
{
	int count = load->client_count;

	load->clients = calloc((size_t)count + 1, sizeof *load->clients);
	if (load->clients == NULL)
		err(1, "calloc");
	for (int i = 0; load->closes && i < count; i++)
		load->clients[i].fd = -1;
	if (load->closes)
		return;
	for (int i = 0; i < count; i += load->batch)
		open_connections(load, &load->clients[i],
		                 count - i < load->batch ? count - i
		                                         : load->batch);
	for (int i = 0; i < count; i++)
		watch(load, &load->clients[i]);
}

static void
open_all(struct load *load)
{
	load->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	load->times_us = malloc(TIMES_MAX * sizeof *load->times_us);
	if (load->epoll_fd == -1 || load->times_us == NULL)
		err(1, "cannot begin");
	open_idle(load);
	open_clients(load);
}

/* --- the command line, and what it says ------------------------------------ */

static int
compare_times(const void *one, const void *other)
{
	uint32_t a = *(const uint32_t *)one;
	uint32_t b = *(const uint32_t *)other;

	return (a > b) - (a < b);
}

static void
write_times(const struct load *load)
{
	FILE *file = fopen(load->times_file, "w");
	if (file == NULL)
		err(1, "%s", load->times_file);
	for (size_t i = 0; i < load->time_count; i++)
		fprintf(file, "%u\n", load->times_us[i]);
	if (fclose(file) == EOF)
		err(1, "%s", load->times_file);
}

static uint32_t
quantile(const struct load *load, int percent)
{
	if (load->time_count == 0)
		return 0;
	return load->times_us[(load->time_count - 1) * (size_t)percent / 100];
}

static void
report(struct load *load)
{
	qsort(load->times_us, load->time_count, sizeof *load->times_us,
	      compare_times);
	if (load->times_file != NULL)
		write_times(load);
	printf("%ld %ld %.6f %u %u %u %u\n", load->answered, load->errors,
	       (double)(load->ended_us - load->began_us) / US_PER_S,
	       quantile(load, 50), quantile(load, 90), quantile(load, 99),
	       quantile(load, 100));
	fflush(stdout);
}

static void
parse(struct load *load, int argc, char *argv[])
{
	int option;

	*load = (struct load){.path = "/1k.txt", .batch = CONNECT_MAX};
	while ((option = getopt(argc, argv, "p:u:i:c:n:s:d:b:ko:")) != -1) {
		switch (option) {
		case 'p':
			load->port = atoi(optarg);
			break;
		case 'u':
			load->path = optarg;
			break;
		case 'i':
			load->idle_count = atoi(optarg);
			break;
		case 'c':
			load->client_count = atoi(optarg);
			break;
		case 'n':
			load->request_limit = atol(optarg);
			break;
		case 's':
			load->seconds = atof(optarg);
			break;
		case 'd':
			load->due_ms = atoi(optarg);
			break;
		case 'b':
			load->batch = atoi(optarg);
			break;
		case 'k':
			load->closes = true;
			break;
		case 'o':
			load->times_file = optarg;
			break;
		default:
			exit(2);
		}
	}
	if (load->batch < 1 || load->batch > CONNECT_MAX)
		errx(2, "-b is a number from 1 to %d", CONNECT_MAX);
	if (load->request_limit <= 0 && load->seconds <= 0)
		load->request_limit = load->client_count;
}

static void
raise_fd_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static void
wait_for_line(void)
{
	int character;

	do
		character = getchar();
	while (character != '\n' && character != EOF);
}

int
main(int argc, char *argv[])
{
	static struct load load;

	parse(&load, argc, argv);
	make_request(&load);
	raise_fd_limit();
	open_all(&load);
	puts("ready");
	fflush(stdout);
	wait_for_line();
	run(&load);
	report(&load);
	wait_for_line();
	return 0;
}
