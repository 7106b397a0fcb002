/*
 * client.c - clients that do just what a test wants; see client.h.
 */
#define _GNU_SOURCE
#include "client.h"

#include "graded.h"
#include "proc.h"
#include "root.h"
#include "wait.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
	LOG_HALF = 1024,       /* of a log's beginning, and of its end */
	METHODS_MAX = 4096,    /* requests whose answer has not been received */
	HEAD_MAX = 256 * 1024, /* a longer response head is an error */
	FIELDS_MAX = 128,
	READ_BYTES = 64 * 1024,
	STORIES_MAX = 50, /* clients of which a failed test tells */
};

/* The beginning and the end of a stream. */
struct log {
	uint64_t total;
	uint8_t begin[LOG_HALF];
	uint8_t end[LOG_HALF]; /* a ring: byte n is at n % LOG_HALF */
};

struct client {
	int fd;
	struct client *next; /* of all, in the order in which they connected */
	struct subject *server;
	struct log sent;
	struct log received;
	const char *methods[METHODS_MAX]; /* a ring, of client_request() */
	size_t method_first;
	size_t method_count;
	uint8_t *input; /* has come and was not yet asked for */
	size_t input_begin;
	size_t input_end;
	size_t input_room;
	bool has_end; /* the server has sent its last byte */
	bool is_reset;
};

static struct client *clients;
static struct client **clients_end = &clients;

/* ---- What was said ---- */

static void
log_add(struct log *log, const void *bytes, size_t byte_count)
{
	const uint8_t *byte = bytes;

	for (size_t i = 0; i < byte_count; i++, log->total++) {
		if (log->total < LOG_HALF)
			log->begin[log->total] = byte[i];
		log->end[log->total % LOG_HALF] = byte[i];
	}
}

static char *
log_text(const struct log *log)
{
	size_t begin = log->total < LOG_HALF ? (size_t)log->total : LOG_HALF;
	uint8_t end[48];

	if (log->total == 0)
		return text_print("nothing");
	if (log->total <= LOG_HALF)
		return text_print("%zu bytes, %s", begin,
		                  text_quote(log->begin, begin));
	for (size_t i = 0; i < sizeof(end); i++)
		end[i] = log->end[(log->total - sizeof(end) + i) % LOG_HALF];
	return text_print(
		"%llu bytes, %s ... %s", (unsigned long long)log->total,
		text_quote(log->begin, 150), text_quote(end, sizeof(end)));
}

char *
client_story(const struct client *client)
{
	return text_print("The client had sent %s, and had received %s.",
	                  log_text(&client->sent), log_text(&client->received));
}

void
client_write_stories(const char *path)
{
	FILE *file = clients == NULL ? NULL : fopen(path, "we");
	size_t number = 0;

	if (file == NULL)
		return;
	for (struct client *client = clients; client != NULL;
	     client = client->next) {
		number++;
		if (number <= STORIES_MAX)
			fprintf(file,
			        "client %zu%s\n    sent %s\n    received %s\n",
			        number,
			        client->fd == -1 ? ", which has left" : "",
			        log_text(&client->sent),
			        log_text(&client->received));
	}
	if (number > STORIES_MAX)
		fprintf(file, "and %zu others\n", number - STORIES_MAX);
	fclose(file);
}

/* What the server does about this client, for a failure. */
static char *
server_story(const struct client *client)
{
	pid_t pid = subject_pid(client->server);
	struct proc_socket socket;
	char *unread = "";

	if (client->fd != -1 &&
	    proc_server_socket(client->server, client, &socket)) {
		if (socket.state == TCP_ESTABLISHED && socket.inode == 0)
			unread = "; it has not accepted this client";
		else if (socket.unread > 0)
			unread = text_print("; %u bytes from this client it "
			                    "has not read",
			                    socket.unread);
	}
	return text_print("The server %s%s.", proc_describe(pid), unread);
}

/* ---- Connecting ---- */

static void
prepare(int fd, const struct client_options *options)
{
	int receive = options->tiny_window ? 1 : options->receive_buffer_bytes;
	int segment = options->tiny_window ? 536 : options->segment_bytes;
	struct sockaddr_in source = {.sin_family = AF_INET};

	if (receive != 0 && setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive,
	                               sizeof(receive)) == -1)
		err(1, "SO_RCVBUF");
	if (segment != 0 && setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment,
	                               sizeof(segment)) == -1)
		err(1, "TCP_MAXSEG");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	if (options->source == NULL)
		return;
	if (inet_pton(AF_INET, options->source, &source.sin_addr) != 1 ||
	    bind(fd, (struct sockaddr *)&source, sizeof(source)) == -1)
		err(1, "a client at %s", options->source);
}

/* Returns 0, or what is the matter. */
static int
finish_connecting(int fd, int error)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};
	socklen_t bytes = sizeof(error);
	int timeout_ms = (int)(wait_deadline_ms() - wait_now_ms());

	if (error != EINPROGRESS)
		return error;
	if (poll(&poll_fd, 1, timeout_ms) != 1)
		return ETIMEDOUT;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &bytes) == -1)
		return errno;
	return error;
}

static struct client *
try_connect(struct subject *server, const struct client_options *options)
{
	struct client *client = calloc(1, sizeof(*client));
	socklen_t bytes;
	const struct sockaddr *address = subject_address(server, &bytes);
	int error = 0;

	if (client == NULL)
		err(1, "calloc");
	client->server = server;
	client->fd = socket(address->sa_family,
	                    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (client->fd == -1)
		err(1, "socket");
	prepare(client->fd, options);
	if (connect(client->fd, address, bytes) == -1)
		error = errno;
	error = finish_connecting(client->fd, error);
	if (error == 0) {
		*clients_end = client;
		clients_end = &client->next;
		return client;
	}
	close(client->fd);
	errno = error;
	return NULL;
}

struct client *
client_connect_with(struct subject *server,
                    const struct client_options *options)
{
	struct client *client = try_connect(server, options);

	if (client == NULL) {
		int error = errno;

		subject_check(server);
		fail_test("A client could not connect, though the server says "
		          "\"%s\": %s. The server %s.",
		          subject_first_line(server), strerror(error),
		          proc_describe(subject_pid(server)));
	}
	return client;
}

struct client *
client_connect(struct subject *server)
{
	return client_connect_with(server, &(struct client_options){0});
}

struct client *
client_connect_slow(struct subject *server)
{
	return client_connect_with(
		server, &(struct client_options){.tiny_window = true});
}

struct client *
client_try_connect(struct subject *server)
{
	return try_connect(server, &(struct client_options){0});
}

int
client_fd(const struct client *client)
{
	return client->fd;
}

socklen_t
client_address(const struct client *client, struct sockaddr_storage *address)
{
	socklen_t bytes = sizeof(*address);

	if (getsockname(client->fd, (struct sockaddr *)address, &bytes) == -1)
		err(1, "getsockname");
	return bytes;
}

/* ---- Sending ---- */

/* Waits for an event on the client's socket; says whether it came in time. */
static bool
wait_event(const struct client *client, short events, int64_t deadline_ms)
{
	struct pollfd fd = {.fd = client->fd, .events = events};
	int64_t left_ms = deadline_ms - wait_now_ms();

	return poll(&fd, 1, left_ms < 0 ? 0 : (int)left_ms) == 1;
}

ssize_t
client_send_some(struct client *client, const void *bytes, size_t byte_count)
{
	ssize_t sent = send(client->fd, bytes, byte_count, MSG_NOSIGNAL);

	if (sent == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (sent > 0)
		log_add(&client->sent, bytes, (size_t)sent);
	return sent;
}

void
client_send_bytes(struct client *client, const void *bytes, size_t byte_count)
{
	const uint8_t *next = bytes;
	int64_t deadline_ms = wait_deadline_ms();

	while (byte_count > 0) {
		ssize_t sent = client_send_some(client, next, byte_count);

		if (sent == -1)
			fail_test("The client wanted to send %zu bytes more: "
			          "%s. The server has ended the connection "
			          "too early. %s",
			          byte_count, strerror(errno),
			          client_story(client));
		next += sent;
		byte_count -= (size_t)sent;
		if (byte_count > 0 && !wait_event(client, POLLOUT, deadline_ms))
			fail_test("The client wanted to send %zu bytes more, "
			          "but the server does not take them. %s %s",
			          byte_count, server_story(client),
			          client_story(client));
	}
}

void
client_send(struct client *client, const char *text)
{
	client_send_bytes(client, text, strlen(text));
}

void
client_sendf(struct client *client, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) == -1)
		err(1, "vasprintf");
	va_end(arguments);
	client_send(client, text);
	free(text);
}

void
client_request(struct client *client, const char *method, const char *target,
               const char *field_lines)
{
	size_t last = client->method_first + client->method_count;

	if (client->method_count == METHODS_MAX)
		errx(1, "too many requests without an answer");
	client->methods[last % METHODS_MAX] = method;
	client->method_count++;
	client_sendf(client, "%s %s HTTP/1.1\r\nHost: test\r\n%s\r\n", method,
	             target, field_lines);
}

static int
unsent_bytes(const struct client *client)
{
	int bytes = 0;

	ioctl(client->fd, SIOCOUTQ, &bytes);
	return bytes;
}

void
client_wait_delivered(struct client *client)
{
	WAIT_UNTIL(unsent_bytes(client) == 0,
	           "%d bytes that the client sent have not reached the server: "
	           "it does not read, and the kernel's buffers are full. %s",
	           unsent_bytes(client), server_story(client));
}

void
client_half_close(struct client *client)
{
	shutdown(client->fd, SHUT_WR);
}

void
client_close(struct client *client)
{
	if (client->fd != -1)
		close(client->fd);
	client->fd = -1;
}

void
client_reset(struct client *client)
{
	struct linger at_once = {.l_onoff = 1, .l_linger = 0};

	setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &at_once,
	           sizeof(at_once));
	client_close(client);
}

/* ---- Receiving bytes ---- */

static size_t
input_bytes(const struct client *client)
{
	return client->input_end - client->input_begin;
}

/* Room for READ_BYTES more at the end of the input. */
static void
make_room(struct client *client)
{
	size_t left = input_bytes(client);

	if (client->input_room - client->input_end >= READ_BYTES)
		return;
	if (client->input_begin > 0)
		memmove(client->input, client->input + client->input_begin,
		        left);
	client->input_begin = 0;
	client->input_end = left;
	if (client->input_room - left >= READ_BYTES)
		return;
	client->input_room = (left + READ_BYTES) * 2;
	client->input = realloc(client->input, client->input_room);
	if (client->input == NULL)
		err(1, "realloc");
}

/* Takes from the socket what is there. Says whether anything was: bytes, or
   the end. */
static bool
take_input(struct client *client)
{
	ssize_t got;

	if (client->has_end)
		return true;
	make_room(client);
	got = recv(client->fd, client->input + client->input_end, READ_BYTES,
	           0);
	if (got == -1 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (got > 0) {
		log_add(&client->received, client->input + client->input_end,
		        (size_t)got);
		client->input_end += (size_t)got;
		return true;
	}
	client->has_end = true;
	client->is_reset = got == -1;
	return true;
}

/* Waits for more input or the end; says whether it came in time. */
static bool
more_input(struct client *client, int64_t deadline_ms)
{
	while (!take_input(client)) {
		if (!wait_event(client, POLLIN, deadline_ms))
			return false;
	}
	return true;
}

static const char *
end_text(const struct client *client)
{
	return client->is_reset ? "reset the connection (RST)"
	                        : "ended the connection";
}

/* Waits for more input, which must come: `awaited` says what for. */
static void
need_input(struct client *client, int64_t deadline_ms, const char *awaited)
{
	size_t before = input_bytes(client);

	if (!more_input(client, deadline_ms))
		fail_test("The client waited for %s. %s %s", awaited,
		          client_story(client), server_story(client));
	if (input_bytes(client) == before)
		fail_test("The client waited for %s. The server %s. %s",
		          awaited, end_text(client), client_story(client));
}

ssize_t
client_receive_some(struct client *client, void *bytes, size_t byte_count)
{
	size_t part = input_bytes(client);

	if (part == 0) {
		if (!more_input(client, wait_deadline_ms()))
			fail_test("The client waited for something. %s %s",
			          client_story(client), server_story(client));
		part = input_bytes(client);
	}
	if (part == 0) {
		errno = ECONNRESET;
		return client->is_reset ? -1 : 0;
	}
	if (part > byte_count)
		part = byte_count;
	memcpy(bytes, client->input + client->input_begin, part);
	client->input_begin += part;
	return (ssize_t)part;
}

void
client_receive_bytes(struct client *client, void *bytes, size_t byte_count)
{
	uint8_t *next = bytes;
	int64_t deadline_ms = wait_deadline_ms();

	while (byte_count > 0) {
		size_t part = input_bytes(client);

		if (part == 0) {
			need_input(client, deadline_ms,
			           text_print("%zu bytes more", byte_count));
			continue;
		}
		if (part > byte_count)
			part = byte_count;
		memcpy(next, client->input + client->input_begin, part);
		client->input_begin += part;
		next += part;
		byte_count -= part;
	}
}

void
client_receive_pattern(struct client *client, uint64_t byte_count,
                       uint64_t offset, unsigned seed)
{
	static uint8_t bytes[READ_BYTES];
	uint64_t wrong;

	while (byte_count > 0) {
		size_t part = byte_count < READ_BYTES ? (size_t)byte_count
		                                      : READ_BYTES;

		client_receive_bytes(client, bytes, part);
		if (!root_is_pattern(bytes, part, offset, seed, &wrong))
			fail_test("The client received the bytes of a file. "
			          "Byte %llu of it is %#x; it should be %#x. "
			          "%s",
			          (unsigned long long)wrong,
			          bytes[wrong - offset],
			          root_pattern_byte(wrong, seed),
			          client_story(client));
		offset += part;
		byte_count -= part;
	}
}

char *
client_receive_all(struct client *client, size_t *byte_count)
{
	int64_t deadline_ms = wait_deadline_ms();
	char *text;

	while (!client->has_end) {
		if (!more_input(client, deadline_ms))
			fail_test("The client waited for the end of the "
			          "connection. %s %s",
			          client_story(client), server_story(client));
	}
	text = calloc(1, input_bytes(client) + 1);
	if (text == NULL)
		err(1, "calloc");
	memcpy(text, client->input + client->input_begin, input_bytes(client));
	if (byte_count != NULL)
		*byte_count = input_bytes(client);
	client->input_begin = client->input_end;
	return text;
}

bool
client_has_input(struct client *client)
{
	take_input(client);
	return input_bytes(client) > 0 || client->has_end;
}

bool
client_is_over(struct client *client)
{
	return client_has_input(client) && input_bytes(client) == 0;
}

void
client_expect_nothing(struct client *client)
{
	if (!client_has_input(client))
		return;
	if (input_bytes(client) > 0)
		fail_test("Nothing should have come by now. There came %s. %s",
		          text_quote(client->input + client->input_begin,
		                     input_bytes(client)),
		          client_story(client));
	fail_test("Nothing should have come by now. The server %s. %s",
	          end_text(client), client_story(client));
}

enum client_end
client_expect_end(struct client *client)
{
	int64_t deadline_ms = wait_deadline_ms();

	while (!client->has_end && input_bytes(client) == 0) {
		if (!more_input(client, deadline_ms))
			fail_test("The server should have ended the "
			          "connection. It did not. %s %s",
			          client_story(client), server_story(client));
	}
	if (input_bytes(client) > 0)
		fail_test("The server should have ended the connection. It "
		          "sent %s. %s",
		          text_quote(client->input + client->input_begin,
		                     input_bytes(client)),
		          client_story(client));
	return client->is_reset ? CLIENT_RST : CLIENT_FIN;
}

void
client_expect_fin(struct client *client)
{
	if (client_expect_end(client) == CLIENT_RST)
		fail_test("The server reset the connection (RST); what was "
		          "under way may be lost. It should have ended it with "
		          "FIN. %s",
		          client_story(client));
}

/* ---- Responses ---- */

/* The length of the head at the beginning of the input, with the empty line;
   0: not complete. */
static size_t
head_length(const struct client *client)
{
	const uint8_t *begin = client->input + client->input_begin;
	const uint8_t *end =
		input_bytes(client) == 0
			? NULL
			: memmem(begin, input_bytes(client), "\r\n\r\n", 4);

	return end == NULL ? 0 : (size_t)(end - begin) + 4;
}

static char *
trim(char *text)
{
	char *end = text + strlen(text);

	while (*text == ' ' || *text == '\t')
		text++;
	while (end > text && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = '\0';
	return text;
}

static void
bad_response(const struct client *client, const char *why)
{
	fail_test("The answer is malformed: %s. %s", why, client_story(client));
}

static void
parse_field(struct response *response, char *line)
{
	char *colon = strchr(line, ':');

	if (response->field_count == FIELDS_MAX)
		bad_response(response->client, "too many fields");
	if (colon == NULL || colon == line || isspace((unsigned char)colon[-1]))
		bad_response(response->client,
		             text_print("%s is not a field line",
		                        text_quote(line, strlen(line))));
	*colon = '\0';
	response->fields[response->field_count++] =
		(struct response_field){line, trim(colon + 1)};
}

static void
parse_status_line(struct response *response, char *line)
{
	int length = 0;

	if (sscanf(line, "HTTP/1.%1d %3d%n", &response->minor,
	           &response->status, &length) != 2 ||
	    length != (int)strlen("HTTP/1.1 200") || line[length] != ' ')
		bad_response(response->client,
		             text_print("%s is not a status line",
		                        text_quote(line, strlen(line))));
	response->reason = line + length + 1;
}

static void
parse_length(struct response *response)
{
	const char *text = response_field(response, "Content-Length");
	char *end;

	response->content_length = -1;
	if (text == NULL)
		return;
	response->content_length = strtoll(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end != '\0')
		bad_response(response->client,
		             text_print("its Content-Length is \"%s\"", text));
	if (response_field_times(response, "Content-Length") != 1)
		bad_response(response->client,
		             "it has Content-Length more than once");
}

static struct response *
parse_head(const struct client *client, size_t length)
{
	struct response *response = calloc(1, sizeof(*response));
	const char *begin = (char *)client->input + client->input_begin;
	char *line = text_print("%.*s", (int)length, begin);
	char *next;

	response->client = client;
	response->head = text_print("%s", line);
	response->fields = calloc(FIELDS_MAX, sizeof(*response->fields));
	if (strlen(line) != length)
		bad_response(client, "its head has a byte 0");
	for (int i = 0; (next = strstr(line, "\r\n")) != line; i++) {
		*next = '\0';
		if (strpbrk(line, "\r\n") != NULL)
			bad_response(client, "a bare CR or LF in its head");
		if (i == 0)
			parse_status_line(response, line);
		else
			parse_field(response, line);
		line = next + 2;
	}
	parse_length(response);
	return response;
}

struct response *
client_receive_head(struct client *client)
{
	int64_t deadline_ms = wait_deadline_ms();
	struct response *response;
	size_t length;

	while ((length = head_length(client)) == 0) {
		if (input_bytes(client) > HEAD_MAX)
			bad_response(client, "its head has no end");
		need_input(client, deadline_ms,
		           input_bytes(client) == 0 ? "an answer"
		                                    : "the rest of an answer");
	}
	response = parse_head(client, length);
	client->input_begin += length;
	if (client->method_count > 0) {
		client->method_first = (client->method_first + 1) % METHODS_MAX;
		client->method_count--;
	}
	return response;
}

static void
receive_body(struct client *client, struct response *response)
{
	size_t length = (size_t)response->content_length;
	uint8_t *body;

	if (response->content_length == -1) {
		response->body = (uint8_t *)client_receive_all(
			client, &response->body_bytes);
		return;
	}
	body = calloc(1, length + 1);
	if (body == NULL)
		err(1, "a body of %zu bytes", length);
	client_receive_bytes(client, body, length);
	response->body = body;
	response->body_bytes = length;
}

struct response *
client_receive_to(struct client *client, const char *method)
{
	struct response *response = client_receive_head(client);

	response->body = (const uint8_t *)"";
	if (strcmp(method, "HEAD") != 0 && response->status != 304 &&
	    response->status != 204 && response->status >= 200)
		receive_body(client, response);
	return response;
}

struct response *
client_receive(struct client *client)
{
	const char *method = "GET";

	if (client->method_count > 0)
		method = client->methods[client->method_first];
	return client_receive_to(client, method);
}

const char *
response_field(const struct response *response, const char *name)
{
	for (size_t i = 0; i < response->field_count; i++) {
		if (strcasecmp(response->fields[i].name, name) == 0)
			return response->fields[i].value;
	}
	return NULL;
}

size_t
response_field_times(const struct response *response, const char *name)
{
	size_t times = 0;

	for (size_t i = 0; i < response->field_count; i++)
		times += strcasecmp(response->fields[i].name, name) == 0;
	return times;
}

bool
response_body_is(const struct response *response, const void *bytes,
                 size_t byte_count)
{
	return response->body_bytes == byte_count &&
	       memcmp(response->body, bytes, byte_count) == 0;
}

void
expect_status(const struct response *response, int status)
{
	if (response->status != status)
		fail_test("The answer's status is %d %s; it should be %d. %s",
		          response->status, response->reason, status,
		          client_story(response->client));
}

void
expect_body(const struct response *response, const char *text)
{
	if (!response_body_is(response, text, strlen(text)))
		fail_test("The answer's body is %zu bytes, %s. It should be "
		          "%zu bytes, %s. %s",
		          response->body_bytes,
		          text_quote(response->body, response->body_bytes),
		          strlen(text), text_quote(text, strlen(text)),
		          client_story(response->client));
}

void
expect_body_pattern(const struct response *response, uint64_t offset,
                    size_t byte_count, unsigned seed)
{
	uint64_t wrong;

	if (response->body_bytes != byte_count)
		fail_test("The answer's body has %zu bytes; it should have "
		          "%zu. %s",
		          response->body_bytes, byte_count,
		          client_story(response->client));
	if (!root_is_pattern(response->body, byte_count, offset, seed, &wrong))
		fail_test("Byte %llu of the file was sent as %#x; it is %#x. "
		          "%s",
		          (unsigned long long)wrong,
		          response->body[wrong - offset],
		          root_pattern_byte(wrong, seed),
		          client_story(response->client));
}

void
expect_field(const struct response *response, const char *name,
             const char *value)
{
	const char *is = response_field(response, name);

	if (is == NULL && value != NULL)
		fail_test("The answer has no field %s; it should be \"%s\". "
		          "%s",
		          name, value, client_story(response->client));
	if (is != NULL && value == NULL)
		fail_test("The answer has \"%s: %s\"; it should have no such "
		          "field. %s",
		          name, is, client_story(response->client));
	if (is != NULL && strcmp(is, value) != 0)
		fail_test("The answer has \"%s: %s\"; it should be \"%s\". %s",
		          name, is, value, client_story(response->client));
}

struct response *
client_ask(struct subject *server, const char *method, const char *target,
           const char *field_lines)
{
	struct client *client = client_connect(server);
	struct response *response;

	client_request(client, method, target, field_lines);
	response = client_receive(client);
	client_close(client);
	return response;
}

struct response *
client_get(struct subject *server, const char *target)
{
	return client_ask(server, "GET", target, "");
}
