/*
 * http_requests.c - what is a request, and what is not: RFC 9112, and the parts
 * of RFC 9110 about methods and statuses.
 *
 * After a request that was not understood, or not to its end, the connection
 * has to end: nobody knows where the next one would begin. So behind each such
 * request the tests send a good one, which must not be answered.
 */
#define _GNU_SOURCE
#include "harness/client.h"
#include "harness/graded.h"
#include "harness/root.h"
#include "harness/subject.h"
#include "http_ask.h"

#include <stdlib.h>
#include <string.h>

#define CORE   "1.1-1.8"
#define CLOSES "1.1-1.10"

#define HOST "Host: test\r\n"
#define NEXT "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n"

/* Bytes, and how many: some have a NUL in them. */
#define BYTES(text) text, sizeof(text) - 1

struct refused_case {
	const char *what; /* is the matter */
	const char *bytes;
	size_t byte_count;
	int other_status; /* will do too; 0: none */
};

/* Sends the bytes and a good request, in one piece; there must come one answer
   with this status, and the end. */
static void
expect_refused(struct subject *server, const struct refused_case *c, int status)
{
	struct client *client = client_connect(server);
	size_t byte_count = c->byte_count + strlen(NEXT);
	char *bytes = malloc(byte_count);
	struct response *response;

	memcpy(bytes, c->bytes, c->byte_count);
	memcpy(bytes + c->byte_count, NEXT, strlen(NEXT));
	client_send_bytes(client, bytes, byte_count);
	response = client_receive_to(client, "GET");
	if (response->status != status && response->status != c->other_status)
		fail_test("A request was sent with %s: %s. It was answered "
		          "with %d; it should be %d, and the end of the "
		          "connection.",
		          c->what, text_quote(c->bytes, c->byte_count),
		          response->status, status);
	expect_last(client, response, "GET");
	free(bytes);
}

static void
expect_all_refused(const struct refused_case *cases, size_t count, int status)
{
	struct subject *server = subject_start(NULL);

	for (size_t i = 0; i < count; i++)
		expect_refused(server, cases + i, status);
}

#define EXPECT_ALL_REFUSED(cases, status)                                      \
	expect_all_refused(cases, sizeof(cases) / sizeof(*cases), status)

static const struct refused_case bad_lines[] = {
	{"no target", BYTES("GET\r\n" HOST "\r\n"), 0},
	{"no version", BYTES("GET /\r\n" HOST "\r\n"), 0},
	{"an empty target", BYTES("GET  HTTP/1.1\r\n" HOST "\r\n"), 0},
	{"two spaces", BYTES("GET  / HTTP/1.1\r\n" HOST "\r\n"), 0},
	{"two spaces", BYTES("GET /  HTTP/1.1\r\n" HOST "\r\n"), 0},
	{"a space at the end", BYTES("GET / HTTP/1.1 \r\n" HOST "\r\n"), 0},
	{"a space at the front", BYTES(" GET / HTTP/1.1\r\n" HOST "\r\n"), 0},
	{"a space in the target", BYTES("GET /a b HTTP/1.1\r\n" HOST "\r\n"),
         0},
	{"tabs for spaces", BYTES("GET\t/\tHTTP/1.1\r\n" HOST "\r\n"), 0},
	{"a colon in the method", BYTES("GE:T / HTTP/1.1\r\n" HOST "\r\n"), 0},
	{"a version without a dot", BYTES("GET / HTTP/11\r\n" HOST "\r\n"), 0},
	{"a version cut short", BYTES("GET / HTTP/1\r\n" HOST "\r\n"), 0},
	{"a version in small letters", BYTES("GET / http/1.1\r\n" HOST "\r\n"),
         0},
	{"a version with a letter", BYTES("GET / HTTP/1.x\r\n" HOST "\r\n"), 0},
	{"a version too long", BYTES("GET / HTTP/1.10\r\n" HOST "\r\n"), 0},
	{"another protocol", BYTES("GET / FTP/1.1\r\n" HOST "\r\n"), 0},
	{"a target without a slash",
         BYTES("GET hello.txt HTTP/1.1\r\n" HOST "\r\n"), 0},
	{"the whole server as a target, which only OPTIONS has",
         BYTES("GET * HTTP/1.1\r\n" HOST "\r\n"), 0},
	{"a host and port as a target, which only CONNECT has",
         BYTES("GET test:443 HTTP/1.1\r\n" HOST "\r\n"), 0},
	{"CONNECT without a port",
         BYTES("CONNECT test HTTP/1.1\r\n" HOST "\r\n"), 0},
	{"CONNECT with an empty port",
         BYTES("CONNECT test: HTTP/1.1\r\n" HOST "\r\n"), 0},
	{"a byte 0 in the target",
         BYTES("GET /hello.txt\0 HTTP/1.1\r\n" HOST "\r\n"), 0},
	{"a control byte in the target",
         BYTES("GET /\x01 HTTP/1.1\r\n" HOST "\r\n"), 0},
	{"a DEL in the target", BYTES("GET /\x7f HTTP/1.1\r\n" HOST "\r\n"), 0},
	{"a byte 0 in front", BYTES("\0GET / HTTP/1.1\r\n" HOST "\r\n"), 0},
	{"the greeting of TLS", BYTES("\x16\x03\x01\x02\x00\x01\x00\x01\xfc"),
         0},
	{"the end of the line a bare LF", BYTES("GET / HTTP/1.1\n" HOST "\r\n"),
         0},
	{"nothing but LF", BYTES("GET / HTTP/1.1\nHost: test\n\n"), 0},
	{"a bare CR in the line", BYTES("GET / HTTP/1.1\r" HOST "\r\n"), 0},
	{"a bare CR in the target", BYTES("GET /\rx HTTP/1.1\r\n" HOST "\r\n"),
         0},
};

CONTRACT(bad_request_lines, CLOSES,
         "A malformed request line gets 400 and the end of the connection.")
{
	EXPECT_ALL_REFUSED(bad_lines, 400);
}

static const struct refused_case bad_names[] = {
	{"a lone %", BYTES("GET /% HTTP/1.1\r\n" HOST "\r\n"), 0},
	{"one digit after %", BYTES("GET /%4 HTTP/1.1\r\n" HOST "\r\n"), 0},
	{"no digits after %", BYTES("GET /%zz HTTP/1.1\r\n" HOST "\r\n"), 0},
	{"a letter beyond f", BYTES("GET /%4g HTTP/1.1\r\n" HOST "\r\n"), 0},
	{"a sign after %", BYTES("GET /%-1 HTTP/1.1\r\n" HOST "\r\n"), 0},
	{"a sign after %", BYTES("GET /%+f HTTP/1.1\r\n" HOST "\r\n"), 0},
	{"a space after %", BYTES("GET /% 5 HTTP/1.1\r\n" HOST "\r\n"), 0},
	{"0x after %", BYTES("GET /%0x41 HTTP/1.1\r\n" HOST "\r\n"), 0},
	{"%00", BYTES("GET /%00 HTTP/1.1\r\n" HOST "\r\n"), 0},
	{"%00 behind a name",
         BYTES("GET /hello.txt%00 HTTP/1.1\r\n" HOST "\r\n"), 0},
	{"%00 before an ending",
         BYTES("GET /hello.txt%00.png HTTP/1.1\r\n" HOST "\r\n"), 0},
};

CONTRACT(bad_percent_encoding, CLOSES,
         "Broken percent-encoding, and a NUL in a name, get 400.")
{
	EXPECT_ALL_REFUSED(bad_names, 400);
}

#define LINE "GET /hello.txt HTTP/1.1\r\n"

static const struct refused_case bad_fields[] = {
	{"no Host", BYTES(LINE "\r\n"), 0},
	{"no Host", BYTES(LINE "Hos: test\r\nHostt: test\r\n\r\n"), 0},
	{"two of Host", BYTES(LINE HOST "Host: other\r\n\r\n"), 0},
	{"the same Host twice", BYTES(LINE HOST HOST "\r\n"), 0},
	{"a space in Host", BYTES(LINE "Host: a b\r\n\r\n"), 0},
	{"a space before a colon", BYTES(LINE "Host : test\r\n\r\n"), 0},
	{"a tab before a colon", BYTES(LINE HOST "X\t: 1\r\n\r\n"), 0},
	{"a space in a name", BYTES(LINE HOST "X Y: 1\r\n\r\n"), 0},
	{"no colon in a field", BYTES(LINE HOST "nonsense\r\n\r\n"), 0},
	{"a field without a name", BYTES(LINE HOST ": 1\r\n\r\n"), 0},
	{"a bracket in a name", BYTES(LINE HOST "X(: 1\r\n\r\n"), 0},
	{"a folded line", BYTES(LINE HOST "X: 1\r\n 2\r\n\r\n"), 0},
	{"a line folded with a tab", BYTES(LINE HOST "X: 1\r\n\t2\r\n\r\n"), 0},
	{"a folded first field", BYTES(LINE " X: 1\r\n" HOST "\r\n"), 0},
	{"a bare LF", BYTES(LINE "Host: test\n\r\n"), 0},
	{"a bare LF in a value", BYTES(LINE HOST "X: 1\nY: 2\r\n\r\n"), 0},
	{"a bare LF at the end", BYTES(LINE HOST "\n"), 0},
	{"a bare CR in a value", BYTES(LINE HOST "X: 1\rY: 2\r\n\r\n"), 0},
	{"a bare CR in a value", BYTES(LINE HOST "X: 1\rxY: 2\r\n\r\n"), 0},
	{"a bare CR at the end", BYTES(LINE HOST "\rX"), 0},
	{"a byte 0 in a value", BYTES(LINE HOST "X: a\0b\r\n\r\n"), 0},
	{"a byte 0 in a name", BYTES(LINE HOST "X\0: 1\r\n\r\n"), 0},
	{"a control byte in a value", BYTES(LINE HOST "X: \x01\r\n\r\n"), 0},
	{"a DEL in a value", BYTES(LINE HOST "X: \x7f\r\n\r\n"), 0},
};

CONTRACT(bad_fields_are_refused, CLOSES,
         "A malformed field, and a missing or repeated Host, get 400 and the "
         "end of the connection.")
{
	EXPECT_ALL_REFUSED(bad_fields, 400);
}

static const struct refused_case bad_lengths[] = {
	{"a negative length", BYTES(LINE HOST "Content-Length: -5\r\n\r\n"), 0},
	{"a sign", BYTES(LINE HOST "Content-Length: +5\r\n\r\n"), 0},
	{"no number", BYTES(LINE HOST "Content-Length: five\r\n\r\n"), 0},
	{"no length at all", BYTES(LINE HOST "Content-Length:\r\n\r\n"), 0},
	{"a letter behind", BYTES(LINE HOST "Content-Length: 5x\r\n\r\n"), 0},
	{"another base", BYTES(LINE HOST "Content-Length: 0x5\r\n\r\n"), 0},
	{"a fraction", BYTES(LINE HOST "Content-Length: 5.0\r\n\r\n"), 0},
	{"a list", BYTES(LINE HOST "Content-Length: 5, 5\r\n\r\n"), 0},
	{"2^64",
         BYTES(LINE HOST "Content-Length: 18446744073709551616\r\n\r\n"), 413},
	{"two lengths",
         BYTES(LINE HOST "Content-Length: 0\r\nContent-Length: 5\r\n\r\n"), 0},
	{"one length twice",
         BYTES(LINE HOST "Content-Length: 0\r\nContent-Length: 0\r\n\r\n"), 0},
	{"a length and chunks",
         BYTES(LINE HOST
               "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"),
         501},
	{"chunks and a length",
         BYTES(LINE HOST
               "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"),
         501},
};

CONTRACT(bad_lengths_are_refused, CLOSES,
         "A bad or repeated Content-Length gets 400 and the end of the "
         "connection.")
{
	EXPECT_ALL_REFUSED(bad_lengths, 400);
}

/* ---- Bodies ---- */

#define BODY "GET /hello.txt HTTP/1.1\r\nHost: body\r\n\r\n" /* 39 bytes */

static const struct refused_case bodies[] = {
	{"a body",
         BYTES("POST / HTTP/1.1\r\n" HOST "Content-Length: 39\r\n\r\n" BODY),
         405},
	{"a body",
         BYTES("PUT /hello.txt HTTP/1.1\r\n" HOST
               "Content-Length: 39\r\n\r\n" BODY),
         405},
	{"a body", BYTES(LINE HOST "Content-Length: 39\r\n\r\n" BODY), 405},
	{"a body announced shorter",
         BYTES(LINE HOST "Content-Length: 1\r\n\r\n" BODY), 405},
	{"a body that is waited for",
         BYTES("POST / HTTP/1.1\r\n" HOST
               "Expect: 100-continue\r\nContent-Length: 39\r\n\r\n"),
         405},
	{"a body of 4 GB to come",
         BYTES("POST / HTTP/1.1\r\n" HOST "Content-Length: 4294967296\r\n\r\n"),
         405},
};

CONTRACT(bodies_are_not_requests, CLOSES,
         "A request with a body gets 405 or 413 and the end of the connection; "
         "the body is not taken for a request.")
{
	EXPECT_ALL_REFUSED(bodies, 413);
}

static const struct refused_case encodings[] = {
	{"chunks",
         BYTES("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
               "27\r\n" BODY "\r\n0\r\n\r\n"),
         0},
	{"chunks",
         BYTES(LINE HOST "transfer-encoding:chunked\r\n\r\n"
                         "0\r\n\r\n"),
         0},
	{"an unknown coding",
         BYTES(LINE HOST "Transfer-Encoding: xchunked\r\n\r\n" BODY), 0},
	{"a list of codings",
         BYTES(LINE HOST "Transfer-Encoding: gzip, chunked\r\n\r\n" BODY), 0},
};

CONTRACT(transfer_encoding_is_not_done, CLOSES,
         "A request with a Transfer-Encoding gets 501 and the end of the "
         "connection.")
{
	EXPECT_ALL_REFUSED(encodings, 501);
}

CONTRACT(empty_body_is_no_body, CORE, "Content-Length: 0 is no body.")
{
	struct subject *server = subject_start(NULL);

	expect_body(
		ask_once(server, "GET", "/hello.txt", "Content-Length: 0\r\n"),
		ROOT_HELLO);
}

/* ---- Methods and versions ---- */

static const struct refused_case unknown_versions[] = {
	{"version 2.0", BYTES("GET / HTTP/2.0\r\n" HOST "\r\n"), 0},
	{"version 3.7", BYTES("GET / HTTP/3.7\r\n" HOST "\r\n"), 0},
	{"version 0.9", BYTES("GET / HTTP/0.9\r\n" HOST "\r\n"), 0},
	{"the preface of HTTP/2", BYTES("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
         400},
};

CONTRACT(other_versions, CLOSES,
         "Another major version of HTTP gets 505 and the end of the "
         "connection.")
{
	EXPECT_ALL_REFUSED(unknown_versions, 505);
}

CONTRACT(methods_not_allowed, CORE,
         "A known method other than GET and HEAD gets 405, and Allow says "
         "which there are.")
{
	static const char *const lines[][2] = {
		{"POST", "/hello.txt"},   {"PUT", "/hello.txt"},
		{"DELETE", "/hello.txt"}, {"TRACE", "/hello.txt"},
		{"PATCH", "/hello.txt"},  {"OPTIONS", "/hello.txt"},
		{"OPTIONS", "*"},         {"OPTIONS", "http://test/hello.txt"},
		{"CONNECT", "test:443"},  {"CONNECT", "[::1]:443"},
	};
	struct subject *server = subject_start(NULL);

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct response *response =
			ask_once(server, lines[i][0], lines[i][1], "");
		const char *allow = response_field(response, "Allow");

		expect_status(response, 405);
		if (allow == NULL || strstr(allow, "GET") == NULL ||
		    strstr(allow, "HEAD") == NULL)
			fail_test("%s %s was answered with 405 and \"Allow: "
			          "%s\"; it should be \"GET, HEAD\".",
			          lines[i][0], lines[i][1],
			          allow == NULL ? "(none)" : allow);
	}
}

CONTRACT(unknown_methods, CORE, "An unknown method gets 501.")
{
	static const char *const methods[] = {"GETX", "GE",  "get", "Get",
	                                      "FOO",  "HEA", "G",   "HEADS"};
	struct subject *server = subject_start(NULL);

	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
		struct response *response =
			ask_once(server, methods[i], "/hello.txt", "");

		if (response->status != 501)
			fail_test("%s /hello.txt was answered with %d; it "
			          "should be 501: there is no such method, "
			          "and their case matters.",
			          methods[i], response->status);
	}
}

CONTRACT(errors_of_head_have_no_body, CLOSES,
         "An error is an answer to HEAD as well: without a body.")
{
	static const struct {
		const char *bytes;
		int status;
	} cases[] = {
		{"HEAD / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nabcde",
	         413},
		{"HEAD / HTTP/1.1\r\n" HOST
	         "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	         501},
		{"HEAD /%zz HTTP/1.1\r\n" HOST "\r\n", 400},
		{"HEAD / HTTP/1.1\r\n\r\n", 400},
	};
	struct subject *server = subject_start(NULL);

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct client *client = client_connect(server);

		client_send(client, cases[i].bytes);
		expect_status(receive_last(client, "HEAD"), cases[i].status);
	}
}

/* ---- Forms that are right ---- */

CONTRACT(unusual_but_right, CORE,
         "Requests in all the forms that HTTP allows are understood.")
{
	static const char *const requests[] = {
		"GET http://test/hello.txt HTTP/1.1\r\n" HOST "\r\n",
		"GET http://example.org:8080/hello.txt?x HTTP/1.1\r\n" HOST
		"\r\n",
		"GET HTTP://[::1]:80/hello.txt HTTP/1.1\r\n" HOST "\r\n",
		"GET /hello.txt HTTP/1.1\r\nhOsT: test\r\n\r\n",
		"GET /hello.txt HTTP/1.1\r\nHost:test\r\n\r\n",
		"GET /hello.txt HTTP/1.1\r\nHost: \t test \t\r\n\r\n",
		"GET /hello.txt HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n",
		"GET /hello.txt HTTP/1.1\r\n" HOST "X:\r\nY: \r\n\r\n",
		"GET /hello.txt HTTP/1.1\r\n" HOST "X: \"a\\b\" (c), d\r\n\r\n",
		"GET /hello.txt HTTP/1.1\r\n" HOST "X: \xe6\x97\xa5\r\n\r\n",
		"GET /hello.txt HTTP/1.1\r\n" HOST
		"!#$%&'*+-.^_`|~9: x\r\n\r\n",
		"GET /hello.txt HTTP/1.1\r\n" HOST "Host-2: x\r\n\r\n",
		"\r\nGET /hello.txt HTTP/1.1\r\n" HOST "\r\n",
		"GET /hello.txt HTTP/1.0\r\n\r\n",
		"GET /hello.txt HTTP/1.0\r\n" HOST "\r\n",
	};
	struct subject *server = subject_start(NULL);

	for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
		struct client *client = client_connect(server);
		struct response *response;

		client_send(client, requests[i]);
		response = client_receive(client);
		expect_status(response, 200);
		expect_body(response, ROOT_HELLO);
		client_reset(client);
	}
	expect_body(get_once(server, "http://test"), ROOT_INDEX);
	expect_body(get_once(server, "http://test?x"), ROOT_INDEX);
	expect_status(get_once(server, "http://test/missing"), 404);
}

/* ---- Too long ---- */

enum { HEAD_MAX = 8192 };

/* A request for /hello.txt whose head has so many bytes. */
static char *
head_of(size_t byte_count)
{
	static const char begin[] = LINE HOST "X: ";
	static const char end[] = "\r\n\r\n";
	size_t begin_bytes = strlen(begin);
	size_t end_bytes = strlen(end);
	char *head = calloc(1, byte_count + 1);

	memset(head, 'x', byte_count);
	memcpy(head, begin, begin_bytes);
	memcpy(head + byte_count - end_bytes, end, end_bytes);
	return head;
}

static void
expect_head_status(struct subject *server, size_t byte_count, int status)
{
	struct client *client = client_connect(server);
	struct response *response;

	client_send(client, head_of(byte_count));
	response = client_receive(client);
	if (response->status != status)
		fail_test("A request head of %zu bytes was answered with %d; "
		          "it should be %d: there is room for %d bytes.",
		          byte_count, response->status, status, HEAD_MAX);
	client_reset(client);
}

CONTRACT(heads_too_long, CLOSES,
         "A request head of 8192 bytes is answered; a longer one gets 431 and "
         "the end of the connection.")
{
	struct subject *server = subject_start(NULL);
	struct client *client;

	for (size_t bytes = HEAD_MAX - 3; bytes <= HEAD_MAX; bytes++)
		expect_head_status(server, bytes, 200);
	for (size_t bytes = HEAD_MAX + 1; bytes <= HEAD_MAX + 4; bytes++)
		expect_head_status(server, bytes, 431);

	client = client_connect(server);
	client_send(client, LINE HOST);
	for (int i = 0; i < 1000; i++)
		client_send(client, "X: 12345678\r\n");
	expect_status(receive_last(client, "GET"), 431);
}

CONTRACT(request_lines_too_long, CLOSES,
         "A request line that fills the whole head gets 414 and the end of the "
         "connection, also before it is complete.")
{
	static const char *const ends[] = {"", " HTTP/1.1\r\n" HOST "\r\n"};
	struct subject *server = subject_start(NULL);
	char *target = calloc(1, 10001);

	memset(target, 'a', 10000);
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		struct client *client = client_connect(server);

		client_sendf(client, "GET /%s%s", target, ends[i]);
		expect_status(receive_last(client, "GET"), 414);
	}
}
