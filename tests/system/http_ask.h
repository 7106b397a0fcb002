/*
 * http_ask.h - one request, its answer, and the end: for the http_*.c here.
 */
#ifndef HTTP_ASK_H
#define HTTP_ASK_H

#include "harness/client.h"
#include "harness/graded.h"

#include <stddef.h>
#include <string.h>

/* Behind this answer the server has to end the connection, and nothing may come
   before that. Leaves with RST, which costs nobody anything now and saves
   thousands of sockets in TIME_WAIT. */
static inline void
expect_last(struct client *client, const struct response *response,
            const char *method)
{
	size_t rest_bytes;
	char *rest = client_receive_all(client, &rest_bytes);

	if (rest_bytes > 0 && strcmp(method, "HEAD") == 0)
		fail_test("HEAD was answered with a head and %zu bytes behind "
		          "it, %s. An answer to HEAD has no body, whatever its "
		          "status is. %s",
		          rest_bytes, text_quote(rest, rest_bytes),
		          client_story(client));
	if (rest_bytes > 0)
		fail_test("The answer, with status %d, should have been the "
		          "last one of the connection. Behind it came %s. %s",
		          response->status, text_quote(rest, rest_bytes),
		          client_story(client));
	client_reset(client);
}

static inline struct response *
receive_last(struct client *client, const char *method)
{
	struct response *response = client_receive_to(client, method);

	expect_last(client, response, method);
	return response;
}

/* Asks with "Connection: close" and further field lines. */
static inline struct response *
ask_once(struct subject *server, const char *method, const char *target,
         const char *field_lines)
{
	struct client *client = client_connect(server);

	client_request(client, method, target,
	               text_print("Connection: close\r\n%s", field_lines));
	return receive_last(client, method);
}

static inline struct response *
get_once(struct subject *server, const char *target)
{
	return ask_once(server, "GET", target, "");
}

#endif
