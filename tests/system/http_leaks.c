/*
 * http_leaks.c - however a request or a connection ends, the server closes what
 * it has opened for it.
 */
#define _GNU_SOURCE
#include "harness/client.h"
#include "harness/graded.h"
#include "harness/proc.h"
#include "harness/root.h"
#include "harness/subject.h"
#include "harness/wait.h"
#include "http_ask.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define CORE "1.1-1.8"

/* With more processes the files that each may keep would hide a leak. */
#if STAGE >= 3
#define ONE_WORKER "--workers=1",
#else
#define ONE_WORKER
#endif

enum {
	KEPT_FILES = 64, /* a server may keep so many open for who comes next */
	SPARE = 6,       /* and this and that */
	TIMES = 80,      /* that each way is gone, each time to another file */
	PIDS_MAX = 256,
};

/* What the server's processes hold. */
struct held {
	size_t sockets;
	size_t others;
};

static struct held
count_held(struct subject *server)
{
	struct held held = {0};
	pid_t pids[PIDS_MAX];
	size_t count = subject_pids(server, pids, PIDS_MAX);

	for (size_t i = 0; i < count; i++) {
		int fd = -1;
		size_t sockets = 0;

		while ((fd = proc_fd_find(pids[i], "socket:", fd + 1)) != -1)
			sockets++;
		held.sockets += sockets;
		held.others += proc_fd_count(pids[i]) - sockets;
	}
	return held;
}

static bool
is_as_at_first(struct held now, struct held first)
{
	return now.sockets <= first.sockets &&
	       now.others <= first.others + KEPT_FILES + SPARE;
}

/* A way to go: asks for something and takes all of the answer, or not. */
struct way {
	const char *what;
	const char *request; /* "#": a number, another one each time */
	size_t read_bytes;   /* of the answer before it leaves */
	bool is_slow;        /* a tiny window */
	bool is_reset;       /* leaves with RST, otherwise with FIN */
};

#define ALL        SIZE_MAX
#define REQUEST(x) x " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n"

static char *
fill_in(const char *request, size_t number)
{
	const char *mark = strchr(request, '#');

	if (mark == NULL)
		return text_print("%s", request);
	return text_print("%.*s%zu%s", (int)(mark - request), request, number,
	                  mark + 1);
}

static void
read_some(struct client *client, size_t byte_count)
{
	char bytes[4096];
	size_t got = 0;

	while (got < byte_count) {
		ssize_t part =
			client_receive_some(client, bytes, sizeof(bytes));

		if (part <= 0)
			fail_test("A client had read %zu bytes of an answer "
			          "when the server ended the connection. %s",
			          got, client_story(client));
		got += (size_t)part;
	}
}

static void
go(struct subject *server, const struct way *way, size_t number)
{
	struct client *client = way->is_slow ? client_connect_slow(server)
	                                     : client_connect(server);

	client_send(client, fill_in(way->request, number));
	if (way->read_bytes == ALL)
		client_receive_all(client, NULL);
	else
		read_some(client, way->read_bytes);
	if (way->is_reset)
		client_reset(client);
	else
		client_close(client);
}

static void
go_all_ways(const struct way *ways, size_t count)
{
	struct subject *server;
	struct held first, now;

	root_pattern("long.bin", 4 << 20, 2);
	root_folder("folder");
	root_fifo("fifo");
	for (int i = 0; i < TIMES; i++)
		root_link(text_print("%d.bin", i), "long.bin");
	server = subject_start(ONE_WORKER "-x", "--timeouts=60,60,60,60", NULL);
	proc_wait_parked(server);
	first = count_held(server);
	for (size_t i = 0; i < count; i++) {
		for (size_t n = 0; n < TIMES; n++)
			go(server, ways + i, n);
		if (WAIT_FOR(is_as_at_first(count_held(server), first)))
			continue;
		now = count_held(server);
		fail_test("%d times a client %s. At first the server held %zu "
		          "sockets and %zu other descriptors; now, with all "
		          "clients gone, %zu and %zu. Up to %d files it may "
		          "keep for who comes next; the rest it has not "
		          "closed.",
		          TIMES, ways[i].what, first.sockets, first.others,
		          now.sockets, now.others, KEPT_FILES);
	}
}

static const struct way answers[] = {
	{"asked for a file", REQUEST("GET /hello.txt") "\r\n", ALL, 0, 1},
	{"asked for a long file with HEAD", REQUEST("HEAD /#.bin") "\r\n", ALL,
         0, 1},
	{"got 304 for a long file",
         REQUEST("GET /#.bin") "If-None-Match: *\r\n\r\n", ALL, 0, 1},
	{"got 416 for a long file",
         REQUEST("GET /#.bin") "Range: bytes=9999999-\r\n\r\n", ALL, 0, 1},
	{"asked for a folder", REQUEST("GET /folder") "\r\n", ALL, 0, 1},
	{"asked for a folder without index", REQUEST("GET /folder/") "\r\n",
         ALL, 0, 1},
	{"asked for a FIFO", REQUEST("GET /fifo") "\r\n", ALL, 0, 1},
	{"asked for what is not there", REQUEST("GET /missing") "\r\n", ALL, 0,
         1},
	{"sent a malformed request", "GET /#.bin\r\n\r\n", ALL, 0, 1},
	{"sent a malformed name", REQUEST("GET /#.bin%") "\r\n", ALL, 0, 1},
	{"sent a bad field", REQUEST("GET /#.bin") "X\r\n\r\n", ALL, 0, 1},
	{"sent a request with a body",
         REQUEST("GET /#.bin") "Content-Length: 1\r\n\r\nx", ALL, 0, 1},
	{"asked with POST", REQUEST("POST /#.bin") "\r\n", ALL, 0, 1},
	{"burned some time", REQUEST("GET /.burn?ms=0") "\r\n", ALL, 0, 1},
};

CONTRACT(no_leak_after_an_answer, "1.1-1.10",
         "After every kind of answer the server has closed what it opened.")
{
	go_all_ways(answers, sizeof(answers) / sizeof(*answers));
}

static const struct way departures[] = {
	{"connected and left", "", 0, 0, 0},
	{"connected and reset the connection", "", 0, 0, 1},
	{"sent half a request and left", "GET /#.bin HT", 0, 0, 0},
	{"sent half a request and reset the connection", "GET /#.bin HT", 0, 0,
         1},
	{"asked for a file and left at once",
         "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n", 0, 0, 0},
	{"asked for a file and reset the connection at once",
         "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n", 0, 0, 1},
	{"asked for a file, read some of it and left",
         "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n", 1, 0, 0},
	{"asked for a file, read some of it and reset the connection",
         "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n", 1, 0, 1},
};

CONTRACT(no_leak_after_a_departure, "1.1-1.10",
         "When a client leaves, at whatever point, the server closes its "
         "descriptor.")
{
	go_all_ways(departures, sizeof(departures) / sizeof(*departures));
}

static const struct way downloads[] = {
	{"took all of a part of a long file",
         REQUEST("GET /#.bin") "Range: bytes=5-9999\r\n\r\n", ALL, 0, 1},
	{"asked for /.stats", REQUEST("GET /.stats") "\r\n", ALL, 0, 1},
	{"asked for a long file and left at once", REQUEST("GET /#.bin") "\r\n",
         0, 1, 0},
	{"asked for a long file and reset the connection at once",
         REQUEST("GET /#.bin") "\r\n", 0, 1, 1},
	{"read the first bytes of a long file and left",
         REQUEST("GET /#.bin") "\r\n", 1, 1, 0},
	{"read the first bytes of a long file and reset the connection",
         REQUEST("GET /#.bin") "\r\n", 1, 1, 1},
	{"read 100 KiB of a long file and reset the connection",
         REQUEST("GET /#.bin") "\r\n", 100 << 10, 0, 1},
};

CONTRACT(no_leak_after_a_download, "1.1-1.10",
         "When a client breaks a download off, at whatever point, the server "
         "closes its descriptor and the file.")
{
	go_all_ways(downloads, sizeof(downloads) / sizeof(*downloads));
}
