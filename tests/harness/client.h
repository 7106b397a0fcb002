/*
 * client.h - clients that do just what a test wants, byte by byte.
 *
 *	struct client *client = client_connect(server);
 *	client_send(client, "GET /hello.txt HT");
 *	proc_wait_consumed(server, client);
 *	client_send(client, "TP/1.1\r\nHost: test\r\n\r\n");
 *	struct response *response = client_receive(client);
 *	expect_status(response, 200);
 *	expect_body(response, ROOT_HELLO);
 *	client_expect_end(client);
 *
 * - Everything has a deadline (wait.h). When it passes the test fails and says
 *   what was sent, what came, and what the server is doing.
 * - Nothing is freed: a test's process ends soon.
 * - What a client has sent and received is remembered (the beginning and the
 *   end of it) for the messages.
 */
#ifndef HARNESS_CLIENT_H
#define HARNESS_CLIENT_H

#include "subject.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

struct client;

/* Everything not set is as usual. */
struct client_options {
	bool tiny_window; /* SO_RCVBUF = 1 and TCP_MAXSEG = 536: the server can
	                     send some 40 kB and then waits for us to read */
	int receive_buffer_bytes;
	int segment_bytes;
	const char *source; /* our own address, such as "127.0.0.2" */
};

struct client *client_connect(struct subject *server);
struct client *client_connect_slow(struct subject *server); /* tiny window */
struct client *client_connect_with(struct subject *server,
                                   const struct client_options *options);

/* Like client_connect(); NULL with errno if it is refused. */
struct client *client_try_connect(struct subject *server);

/* Its socket; the local address is the one the server sees. */
int client_fd(const struct client *client);
socklen_t client_address(const struct client *client,
                         struct sockaddr_storage *address);

/* ---- Sending ---- */

/* All of it, waiting while the server does not take it. Fails the test if the
   connection is gone. */
void client_send(struct client *client, const char *text);
void client_send_bytes(struct client *client, const void *bytes,
                       size_t byte_count);
void client_sendf(struct client *client, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* What the kernel takes now, or 0; the connection may be gone (-1, errno). */
ssize_t client_send_some(struct client *client, const void *bytes,
                         size_t byte_count);

/* "METHOD target HTTP/1.1", Host, and further field lines ("" or
   "Range: bytes=0-9\r\n"), in one send. client_receive() knows the method. */
void client_request(struct client *client, const char *method,
                    const char *target, const char *field_lines);

/* Waits until the server's kernel has got all that was sent. */
void client_wait_delivered(struct client *client);

/* No more from us: FIN. */
void client_half_close(struct client *client);
/* Ends the connection with FIN; or with RST, and what is queued is lost. */
void client_close(struct client *client);
void client_reset(struct client *client);

/* ---- Receiving ---- */

struct response {
	int status;
	int minor;          /* HTTP/1.minor */
	const char *reason; /* what follows the status on its line */
	const char *head;   /* status line and fields as they came, text */
	size_t field_count;
	struct response_field {
		const char *name;
		const char *value;
	} * fields;
	const uint8_t *body; /* and a '\0' behind it */
	size_t body_bytes;
	int64_t content_length;      /* -1: none */
	const struct client *client; /* for messages */
};

/*
 * The next response, complete: its body is as long as Content-Length says, or
 * there is none (304, 204, an answer to HEAD), or up to the end of the stream
 * if there is no Content-Length. Bytes after it stay for the next call.
 * Interim answers are not skipped. Fails the test when anything is malformed
 * or does not come.
 */
struct response *client_receive(struct client *client);

/* The same, told whether it answers a HEAD. */
struct response *client_receive_to(struct client *client, const char *method);

/* Only the head; the body is left for client_receive_bytes() and the like. */
struct response *client_receive_head(struct client *client);

/* Exactly so many bytes. */
void client_receive_bytes(struct client *client, void *bytes,
                          size_t byte_count);
/* Reads so many and checks that they are the pattern's (root.h) from `offset`
   on, without keeping them. */
void client_receive_pattern(struct client *client, uint64_t byte_count,
                            uint64_t offset, unsigned seed);
/* At least one, at most so many; 0 at the end, -1 with errno ECONNRESET. */
ssize_t client_receive_some(struct client *client, void *bytes,
                            size_t byte_count);

/* All that still comes up to the end, as text. A reset counts as an end. */
char *client_receive_all(struct client *client, size_t *byte_count);

/* Are there bytes, or the end, to be read now? Does not wait: ask after a
   barrier (proc.h). */
bool client_has_input(struct client *client);

/* Has the server ended the connection, and nothing is left to be read? Does not
   wait either. */
bool client_is_over(struct client *client);

/* Nothing has come that was not read. Call it after a barrier. */
void client_expect_nothing(struct client *client);

enum client_end { CLIENT_FIN, CLIENT_RST };

/* The server ends the connection, without a byte before that. Says how. */
enum client_end client_expect_end(struct client *client);
/* The same, and with FIN: nothing that was sent to us got lost. */
void client_expect_fin(struct client *client);

/* ---- Responses ---- */

/* A field's value, by its name in whatever case; NULL: there is none. */
const char *response_field(const struct response *response, const char *name);
/* How often the field occurs. */
size_t response_field_times(const struct response *response, const char *name);
bool response_body_is(const struct response *response, const void *bytes,
                      size_t byte_count);

/* Fail the test if it is not so. A NULL value: the field must not be there. */
void expect_status(const struct response *response, int status);
void expect_body(const struct response *response, const char *text);
void expect_body_pattern(const struct response *response, uint64_t offset,
                         size_t byte_count, unsigned seed);
void expect_field(const struct response *response, const char *name,
                  const char *value);

/* Connects, asks with GET, receives, closes. */
struct response *client_get(struct subject *server, const char *target);
/* And the same with a method and field lines. */
struct response *client_ask(struct subject *server, const char *method,
                            const char *target, const char *field_lines);

/* What this client has sent and what has come, for a message. */
char *client_story(const struct client *client);

/* For graded.c: writes what all clients have sent and received, for whoever
   looks into a failed test's folder; no file if there was no client. */
void client_write_stories(const char *path);

#endif
