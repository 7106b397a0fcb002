/*
 * workload.c - a bit of everything that clients do; see workload.h.
 */
#define _GNU_SOURCE
#include "workload.h"

#include "harness/client.h"
#include "harness/graded.h"
#include "harness/proc.h"
#include "harness/root.h"
#include "harness/wait.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
	PIDS_MAX = 256,
	MANY_FILES = 150,
	PIPELINE_REQUESTS = 40, /* more than a turn's share */
	SLOW_BYTES = 120 * 1000,
	LARGE_BYTES = 1000 * 1000,
	LARGE_SEED = 5,
	SLOW_SEED = 6,
};

static const struct file {
	const char *name;
	size_t bytes;
	unsigned seed;
} files[] = {
	{"/one.bin", 1, 1},
	{"/small.bin", 3000, 2},
	{"/page.bin", 4096, 3}, /* servers may treat larger ones otherwise */
	{"/over.bin", 4097, 4},
	{"/deep/in/some/folder/medium.bin", 60001, 7},
	{"/large.bin", LARGE_BYTES, LARGE_SEED},
};

enum { FILE_COUNT = sizeof files / sizeof files[0] };

static const struct file slow_file = {"/slow.bin", SLOW_BYTES, SLOW_SEED};

void
workload_prepare(void)
{
	static bool is_done;

	if (is_done)
		return;
	is_done = true;
	for (size_t i = 0; i < FILE_COUNT; i++)
		root_pattern(files[i].name + 1, files[i].bytes, files[i].seed);
	root_pattern(slow_file.name + 1, slow_file.bytes, slow_file.seed);
	root_text("empty.txt", "");
	root_text("folder/index.html", ROOT_INDEX);
	root_fifo("fifo");
	root_link("outside", "../secret.txt");
}

/*
 * Receives the answer to `what`, which must have this status. Returns NULL if
 * the server has no descriptor left, says so as it should, and may.
 */
static struct response *
receive(const struct workload *load, struct client *client, const char *what,
        int status)
{
	struct response *response = client_receive(client);

	if (load->may_be_busy && response->status == 503) {
		if (response_field(response, "Connection") != NULL)
			fail_test("The server had no descriptor for a file and "
			          "said 503 to %s, with Connection: %s. That "
			          "is no reason to end the connection. %s",
			          what, response_field(response, "Connection"),
			          client_story(client));
		return NULL;
	}
	if (response->status != status)
		fail_test("The client sent %s. The answer was %d %s; it should "
		          "have been %d. %s",
		          what, response->status, response->reason, status,
		          client_story(client));
	return response;
}

static void
expect_length(const struct response *response, int64_t bytes)
{
	if (response->content_length != bytes)
		fail_test("An answer should have said Content-Length: %lld. "
		          "Its head is: %s",
		          (long long)bytes, response->head);
}

static void
receive_file(const struct workload *load, struct client *client,
             const char *method, const struct file *file)
{
	struct response *response = receive(
		load, client, text_print("%s %s", method, file->name), 200);

	if (response == NULL)
		return;
	expect_length(response, (int64_t)file->bytes);
	if (strcmp(method, "GET") == 0)
		expect_body_pattern(response, 0, file->bytes, file->seed);
}

static void
ask_file(const struct workload *load, struct client *client, const char *method,
         const struct file *file)
{
	client_request(client, method, file->name, "");
	receive_file(load, client, method, file);
}

static void
ask_text(const struct workload *load, struct client *client, const char *target,
         const char *text)
{
	struct response *response;

	client_request(client, "GET", target, "");
	response = receive(load, client, text_print("GET %s", target), 200);
	if (response != NULL)
		expect_body(response, text);
}

void
workload_files(const struct workload *load)
{
	struct client *client = client_connect(load->server);

	for (size_t i = 0; i < FILE_COUNT; i++) {
		ask_file(load, client, "GET", &files[i]);
		ask_file(load, client, "HEAD", &files[i]);
	}
	ask_text(load, client, "/", ROOT_INDEX);
	ask_text(load, client, "/folder/?query", ROOT_INDEX);
	ask_text(load, client, "/empty.txt", "");
	ask_text(load, client, "/hello%2etxt", ROOT_HELLO);
	client_close(client);
}

void
workload_short_file(const struct workload *load, size_t bytes)
{
	const struct file file = {text_print("/session-%zu.bin", bytes), bytes,
	                          9};
	struct client *client = client_connect(load->server);

	root_pattern(file.name + 1, file.bytes, file.seed);
	ask_file(load, client, "GET", &file);
	ask_file(load, client, "HEAD", &file);
	client_request(client, "GET", file.name, "");
	client_request(client, "GET", "/nothing", "");
	client_request(client, "GET", file.name, "Connection: close\r\n");
	receive_file(load, client, "GET", &file);
	receive(load, client, "GET /nothing", 404);
	receive_file(load, client, "GET", &file);
	client_expect_fin(client);
	client_close(client);
}

/* What the pipeline asks for at place i. */
static const struct file *
pipelined(int i, const char **method)
{
	*method = i % 5 == 3 ? "HEAD" : "GET";
	return &files[i % (FILE_COUNT - 1)]; /* not the large one */
}

void
workload_pipeline(const struct workload *load)
{
	struct client *client = client_connect(load->server);
	const struct file *file;
	const char *method;
	char *text = "";

	for (int i = 0; i < PIPELINE_REQUESTS; i++) {
		file = pipelined(i, &method);
		text = text_print("%s%s %s HTTP/1.1\r\nHost: test\r\n\r\n",
		                  text, method, file->name);
	}
	client_send(client, text);
	for (int i = 0; i < PIPELINE_REQUESTS; i++) {
		struct response *response;

		file = pipelined(i, &method);
		response = client_receive_to(client, method);
		if (load->may_be_busy && response->status == 503)
			continue;
		expect_status(response, 200);
		expect_length(response, (int64_t)file->bytes);
		if (strcmp(method, "GET") == 0)
			expect_body_pattern(response, 0, file->bytes,
			                    file->seed);
	}
	client_close(client);
}

static void
ask_range(const struct workload *load, struct client *client,
          const struct file *file, uint64_t first, uint64_t last)
{
	char *range =
		text_print("Range: bytes=%llu-%llu\r\n",
	                   (unsigned long long)first, (unsigned long long)last);
	struct response *response;

	client_request(client, "GET", file->name, range);
	response =
		receive(load, client,
	                text_print("GET %s with %s", file->name, range), 206);
	if (response == NULL)
		return;
	expect_field(response, "Content-Range",
	             text_print("bytes %llu-%llu/%zu",
	                        (unsigned long long)first,
	                        (unsigned long long)last, file->bytes));
	expect_body_pattern(response, first, last - first + 1, file->seed);
}

void
workload_ranges(const struct workload *load)
{
	struct client *client = client_connect(load->server);

	for (size_t i = 1; i < FILE_COUNT; i++) {
		uint64_t size = files[i].bytes;

		ask_range(load, client, &files[i], 0, 0);
		ask_range(load, client, &files[i], size - 1, size - 1);
		ask_range(load, client, &files[i], size / 3, size / 2);
	}
	client_request(client, "GET", "/small.bin", "Range: bytes=3000-\r\n");
	receive(load, client, "GET /small.bin with Range: bytes=3000-", 416);
	client_close(client);
}

void
workload_unchanged(const struct workload *load)
{
	struct client *client = client_connect(load->server);

	for (size_t i = 0; i < FILE_COUNT; i++) {
		struct response *response;
		char *fields;

		client_request(client, "HEAD", files[i].name, "");
		response = receive(load, client, "HEAD", 200);
		if (response == NULL)
			continue;
		fields = text_print("If-None-Match: %s\r\n",
		                    response_field(response, "ETag"));
		client_request(client, "GET", files[i].name, fields);
		receive(load, client, fields, 304);
		fields = text_print("If-Modified-Since: %s\r\n",
		                    response_field(response, "Last-Modified"));
		client_request(client, "GET", files[i].name, fields);
		receive(load, client, fields, 304);
	}
	client_close(client);
}

void
workload_many_files(const struct workload *load)
{
	struct client *client = client_connect(load->server);

	for (int i = 0; i < MANY_FILES; i++) {
		char *name = text_print("/many/%d.bin", i);
		struct response *response;

		root_pattern(name + 1, 5000, 8);
		client_request(client, "HEAD", name, "");
		response = receive(load, client, name, 200);
		if (response == NULL)
			continue;
		client_request(client, "GET", name,
		               text_print("If-None-Match: %s\r\n",
		                          response_field(response, "ETag")));
		receive(load, client, name, 304);
	}
	client_close(client);
}

/* A request after whose answer the server ends the connection. */
static void
ask_badly(const struct workload *load, const char *request, int status)
{
	struct client *client = client_connect(load->server);

	client_send(client, request);
	receive(load, client, text_quote(request, strlen(request)), status);
	client_expect_fin(client);
	client_close(client);
}

static char *
repeat(char byte, size_t count)
{
	char *text = text_print("%*s", (int)count, "");

	memset(text, byte, count);
	return text;
}

void
workload_errors(const struct workload *load)
{
	static const struct {
		const char *method;
		const char *target;
		int status;
	} asked[] = {
		{"GET", "/nothing", 404}, {"HEAD", "/nothing/at/all", 404},
		{"GET", "/fifo", 404},    {"GET", "/small.bin/", 404},
		{"GET", "/folder", 301},  {"GET", "/.hidden", 404},
		{"GET", "/outside", 404}, {"OPTIONS", "/", 405},
		{"BREW", "/", 501},       {"GET", "/deep/%2e%2e/x", 404},
	};
	struct client *client = client_connect(load->server);

	for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
		client_request(client, asked[i].method, asked[i].target, "");
		receive(load, client,
		        text_print("%s %s", asked[i].method, asked[i].target),
		        asked[i].status);
	}
	client_close(client);
	ask_badly(load, "nonsense\r\n\r\n", 400);
	ask_badly(load, "GET /%zz HTTP/1.1\r\nHost: test\r\n\r\n", 400);
	ask_badly(load, "GET / HTTP/3.1\r\nHost: test\r\n\r\n", 505);
	ask_badly(load,
	          "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n"
	          "\r\nabc",
	          405);
	ask_badly(load, text_print("GET /%s HTTP/1.1\r\n", repeat('x', 9000)),
	          414);
	ask_badly(load,
	          text_print("GET / HTTP/1.1\r\nHost: test\r\nX: %s\r\n",
	                     repeat('y', 9000)),
	          431);
}

void
workload_drip(const struct workload *load)
{
	struct client *client = client_connect(load->server);
	char *request = text_print("GET %s HTTP/1.1\r\nHost: test\r\n\r\n",
	                           files[1].name);

	for (const char *byte = request; *byte != '\0'; byte++) {
		client_send_bytes(client, byte, 1);
		client_wait_delivered(client);
	}
	receive_file(load, client, "GET", &files[1]);
	client_close(client);
}

void
workload_crowd(const struct workload *load, size_t client_count)
{
	struct client *clients[client_count];

	for (size_t i = 0; i < client_count; i++) {
		clients[i] = client_connect(load->server);
		client_request(clients[i], "GET", files[i % FILE_COUNT].name,
		               "");
	}
	for (size_t i = client_count; i-- > 0;) {
		receive_file(load, clients[i], "GET", &files[i % FILE_COUNT]);
		client_request(clients[i], "GET", files[1].name, "");
	}
	for (size_t i = 0; i < client_count; i++) {
		receive_file(load, clients[i], "GET", &files[1]);
		client_close(clients[i]);
	}
}

/* A client that has received the head of the slow file, and then does not read
   until the server can send no more. While there is no descriptor for the file
   it asks again. */
static struct client *
get_stuck(const struct workload *load)
{
	struct client *client = client_connect_slow(load->server);
	struct response *response;

	client_request(client, "GET", slow_file.name, "");
	response = client_receive_head(client);
	while (load->may_be_busy && response->status == 503) {
		char rest[4096];

		client_receive_bytes(client, rest,
		                     (size_t)response->content_length);
		client_request(client, "GET", slow_file.name, "");
		response = client_receive_head(client);
	}
	expect_status(response, 200);
	expect_length(response, SLOW_BYTES);
	/* No kernel takes all of it: it waits for us to read. */
	proc_wait_parked(load->server);
	return client;
}

/* And now it reads: the rest comes. */
static void
get_going(struct client *client)
{
	client_receive_pattern(client, SLOW_BYTES, 0, SLOW_SEED);
}

void
workload_slow(const struct workload *load)
{
	struct client *other = client_connect(load->server);
	struct client *client = get_stuck(load);

	ask_file(load, other, "GET", &files[1]);
	get_going(client);
	ask_file(load, client, "GET", &files[0]);
	client_close(other);
	client_close(client);
}

void
workload_vanish(const struct workload *load)
{
	struct client *client = client_connect(load->server);

	client_reset(client);

	client = client_connect(load->server);
	client_close(client);

	client = client_connect(load->server);
	client_send(client, "GET /small.bin HTTP/1.1\r\nHo");
	client_reset(client);

	client = client_connect(load->server);
	client_send(client, "GET /small.bin HTTP/1.1\r\nHo");
	client_half_close(client);
	client_expect_end(client);
	client_close(client);

	client = client_connect(load->server);
	client_request(client, "GET", "/large.bin", "");
	client_half_close(client);
	receive_file(load, client, "GET", &files[FILE_COUNT - 1]);
	client_expect_fin(client);
	client_close(client);

	client = client_connect(load->server);
	client_request(client, "GET", "/large.bin", "");
	client_reset(client);

	client = client_connect(load->server);
	client_request(client, "GET", "/large.bin", "");
	client_receive_head(client);
	client_reset(client);

	client = get_stuck(load);
	client_reset(client);
}

void
workload_all(const struct workload *load)
{
	workload_files(load);
	workload_pipeline(load);
	workload_ranges(load);
	workload_unchanged(load);
	workload_errors(load);
	workload_drip(load);
	workload_crowd(load, 20);
	workload_slow(load);
	workload_vanish(load);
}

void
workload_stop(const struct workload *load)
{
	struct client *idle = client_connect(load->server);
	struct client *client;

	ask_file(load, idle, "GET", &files[0]);
	client = get_stuck(load);
	subject_signal(load->server, SIGTERM);
	get_going(client);
	client_expect_end(client);
	client_expect_end(idle);
	client_close(client);
	client_close(idle);
	subject_wait_end(load->server);
}

static void
count_descriptors(pid_t pid, struct workload_descriptors *counts)
{
	int highest = proc_fd_highest(pid);

	for (int fd = 3; fd <= highest; fd++) {
		const char *target = proc_fd_target(pid, fd);

		if (target == NULL)
			continue;
		if (strncmp(target, "socket:", 7) == 0)
			counts->sockets++;
		else
			counts->others++;
	}
}

struct workload_descriptors
workload_descriptors(const struct subject *server)
{
	struct workload_descriptors counts = {0, 0};
	pid_t pids[PIDS_MAX];
	size_t count = subject_pids(server, pids, PIDS_MAX);

	for (size_t i = 0; i < count; i++)
		count_descriptors(pids[i], &counts);
	return counts;
}

void
workload_expect_closed(const struct workload *load,
                       struct workload_descriptors before, size_t files_kept)
{
	pid_t pids[PIDS_MAX];
	size_t kept = files_kept * subject_pids(load->server, pids, PIDS_MAX);

	WAIT_UNTIL(workload_descriptors(load->server).sockets <= before.sockets,
	           "All clients are gone. The server still holds %zu sockets; "
	           "before they came it held %zu.",
	           workload_descriptors(load->server).sockets, before.sockets);
	WAIT_UNTIL(
		workload_descriptors(load->server).others <=
			before.others + kept,
		"All clients are gone. The server may keep %zu files open "
		"that they asked for. It still holds %zu descriptors besides "
		"sockets; before they came it held %zu.",
		kept, workload_descriptors(load->server).others, before.others);
}
