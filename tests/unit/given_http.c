/*
 * given_http.c - tests of web/http.c: heads, dates, ranges, tags, paths.
 */
#define _GNU_SOURCE

#include "harness/graded.h"
#include "web/http.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A text with its length: there are NULs inside some. */
#define TEXT(literal) literal, sizeof(literal) - 1

/* ---- Heads ---- */

/* Complete heads that are well-formed, and what they mean. */
static const struct good {
	const char *head;
	size_t bytes;
	int status;
	bool ends_here;
	bool keeps_alive;
	const char *path;
	const char *query;
} good_heads[] = {
#define GOOD(status, ends, keeps, path, query, head)                           \
	{                                                                      \
		TEXT(head), status, ends, keeps, path, query                   \
	}
	/* versions, and who keeps a connection */
	GOOD(200, 1, 1, "/", "", "GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
	GOOD(200, 1, 0, "/a", "", "GET /a HTTP/1.0\r\n\r\n"),
	GOOD(200, 1, 1, "/", "", "HEAD / HTTP/1.2\r\nHost: h\r\n\r\n"),
	GOOD(200, 1, 1, "/", "", "HEAD / HTTP/1.9\r\nHost: h\r\n\r\n"),
	GOOD(200, 1, 1, "/", "",
             "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"),
	GOOD(200, 1, 0, "/", "",
             "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"),
	GOOD(200, 1, 0, "/", "",
             "GET / HTTP/1.1\r\nHost: h\r\ncoNNection:\t x ,CLOSE\t,\r\n\r\n"),
	GOOD(200, 1, 0, "/", "",
             "GET / HTTP/1.1\r\nConnection: close\r\nConnection: x\r\n"
             "Host: h\r\n\r\n"),
	GOOD(200, 1, 1, "/", "",
             "GET / HTTP/1.1\r\nHost: h\r\nConnection: closed, not "
             "close\r\n\r\n"),
	GOOD(200, 1, 1, "/", "",
             "GET / HTTP/1.1\r\nHost: h\r\nConnection:\r\n\r\n"),
	GOOD(200, 1, 0, "/", "",
             "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n"),
	GOOD(200, 1, 0, "/", "",
             "GET / HTTP/1.0\r\nConnection: keep-alives\r\n\r\n"),

	/* targets */
	GOOD(200, 1, 1, "/a/b.txt", "x=1?y=/",
             "GET /a/b.txt?x=1?y=/ HTTP/1.1\r\nHost: h\r\n\r\n"),
	GOOD(200, 1, 1, "/", "", "GET /? HTTP/1.1\r\nHost: h\r\n\r\n"),
	GOOD(200, 1, 1, "//etc/passwd", "",
             "GET //etc/passwd HTTP/1.1\r\nHost: h\r\n\r\n"),
	GOOD(200, 1, 1, "/%zz%00<>\"{}|\\^`", "",
             "GET /%zz%00<>\"{}|\\^` HTTP/1.1\r\nHost: h\r\n\r\n"),
	GOOD(200, 1, 1, "/x", "q",
             "GET http://h/x?q HTTP/1.1\r\nHost: h\r\n\r\n"),
	GOOD(200, 1, 1, "/x", "",
             "GET HTTPS://[::1]:80/x HTTP/1.1\r\nHost: h\r\n\r\n"),
	GOOD(200, 1, 1, "", "", "GET http://h HTTP/1.1\r\nHost: h\r\n\r\n"),
	GOOD(200, 1, 1, "", "q", "GET http://h?q HTTP/1.1\r\nHost: h\r\n\r\n"),
	GOOD(200, 1, 1, "/http://x", "",
             "GET /http://x HTTP/1.1\r\nHost: h\r\n\r\n"),

	/* fields */
	GOOD(200, 1, 1, "/", "", "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"),
	GOOD(200, 1, 1, "/", "", "GET / HTTP/1.1\r\nHost:\r\n\r\n"),
	GOOD(200, 1, 1, "/", "", "GET / HTTP/1.1\r\nHOST:[::1]:80 \t\r\n\r\n"),
	GOOD(200, 1, 1, "/", "",
             "GET / HTTP/1.1\r\nHost: h\r\nA:\r\nB: \t \r\nC:a:b\tc d\r\n"
             "!#$%&'*+-.^_`|~09: \xe4\xbd\xa0\xff\r\n\r\n"),
	GOOD(200, 1, 1, "/", "",
             "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"),
	GOOD(200, 1, 1, "/", "",
             "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 00000000000000000000"
             "000\r\n\r\n"),
	GOOD(200, 1, 1, "/", "",
             "GET / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n\r\n"),

	/* well-formed, but not for us */
	GOOD(413, 0, 0, "/", "",
             "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 30\r\n\r\n"),
	GOOD(413, 0, 0, "/", "",
             "HEAD / HTTP/1.1\r\nHost: h\r\nContent-Length: "
             "9223372036854775806\r\n\r\n"),
	GOOD(405, 0, 0, "/", "",
             "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n"),
	GOOD(405, 1, 1, "/", "", "POST / HTTP/1.1\r\nHost: h\r\n\r\n"),
	GOOD(405, 1, 1, "/", "", "PUT / HTTP/1.1\r\nHost: h\r\n\r\n"),
	GOOD(405, 1, 1, "/", "", "DELETE / HTTP/1.1\r\nHost: h\r\n\r\n"),
	GOOD(405, 1, 1, "/", "", "OPTIONS / HTTP/1.1\r\nHost: h\r\n\r\n"),
	GOOD(405, 1, 1, "", "", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"),
	GOOD(405, 1, 1, "/", "x",
             "OPTIONS http://h/?x HTTP/1.1\r\nHost: h\r\n\r\n"),
	GOOD(405, 1, 1, "/", "", "CONNECT / HTTP/1.1\r\nHost: h\r\n\r\n"),
	GOOD(405, 1, 1, "", "",
             "CONNECT host:443 HTTP/1.1\r\nHost: host:443\r\n\r\n"),
	GOOD(405, 1, 1, "", "", "CONNECT h:0 HTTP/1.1\r\nHost: h\r\n\r\n"),
	GOOD(405, 1, 1, "", "", "CONNECT [::1]:80 HTTP/1.1\r\nHost: h\r\n\r\n"),
	GOOD(405, 0, 0, "", "",
             "CONNECT h:80 HTTP/1.1\r\nHost: h\r\n"
             "Content-Length: 3\r\n\r\n"),
	GOOD(405, 1, 1, "/", "", "TRACE / HTTP/1.1\r\nHost: h\r\n\r\n"),
	GOOD(405, 1, 0, "/", "", "PATCH / HTTP/1.0\r\n\r\n"),
	GOOD(501, 1, 1, "/", "", "get / HTTP/1.1\r\nHost: h\r\n\r\n"),
	GOOD(501, 1, 1, "/", "", "GETX / HTTP/1.1\r\nHost: h\r\n\r\n"),
	GOOD(501, 1, 1, "/", "", "GE / HTTP/1.1\r\nHost: h\r\n\r\n"),
	GOOD(501, 1, 1, "/", "", "HEADS / HTTP/1.1\r\nHost: h\r\n\r\n"),
	GOOD(501, 0, 0, "/", "",
             "BREW / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n"),
	GOOD(501, 0, 0, "/", "",
             "GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"),
	GOOD(501, 0, 0, "/", "",
             "POST / HTTP/1.0\r\ntransfer-encoding:\r\n\r\n"),
#undef GOOD
};

/* Heads that are refused, each as long as it must be to be refused: what comes
   before its last byte is no reason yet. */
static const struct bad {
	const char *head;
	size_t bytes;
	int status;
} bad_heads[] = {
#define BAD(status, head)                                                      \
	{                                                                      \
		TEXT(head), status                                             \
	}
	/* the request line */
	BAD(400, " "),
	BAD(400, "\n"),
	BAD(400, "\t"),
	BAD(400, "\x16"), /* TLS begins with it */
	BAD(400, "\r\r"),
	BAD(400, "\rG"),
	BAD(400, "\r\n\r"), /* one empty line, not two */
	BAD(400, "\r\n "),
	BAD(400, "GET\r"),
	BAD(400, "GET\n"),
	BAD(400, "GET\t"),
	BAD(400, "G\0"),
	BAD(400, "G("),
	BAD(400, "G\xc3"),
	BAD(400, "GET  "),
	BAD(400, "GET * "),
	BAD(400, "OPTIONS ** "),
	BAD(400, "OPTIONS *?x "),
	BAD(400, "OPTIONS h:80 "),
	BAD(400, "CONNECT * "),
	BAD(400, "CONNECT  "),
	BAD(400, "CONNECT h "),
	BAD(400, "CONNECT h: "),
	BAD(400, "CONNECT :80 "),
	BAD(400, "CONNECT 80 "),
	BAD(400, "CONNECT h:8x "),
	BAD(400, "CONNECT h:80/ "),
	BAD(400, "CONNECT h:80?x "),
	BAD(400, "CONNECT u@h:80 "),
	BAD(400, "GET h:80 "),
	BAD(400, "POST * "),
	BAD(400, "options * "),
	BAD(400, "OPTIONSX * "),
	BAD(400, "GET ../secret.txt "),
	BAD(400, "GET a.txt "),
	BAD(400, "GET ftp://h/ "),
	BAD(400, "GET http:/h/ "),
	BAD(400, "GET http:///x "),
	BAD(400, "GET http:// "),
	BAD(400, "GET http://?q "),
	BAD(400, "GET http://u@h/ "),
	BAD(400, "GET http://h\\x/ "),
	BAD(400, "GET /a\t"),
	BAD(400, "GET /a\r"), /* HTTP/0.9 */
	BAD(400, "GET /a\n"),
	BAD(400, "GET /a\0"),
	BAD(400, "GET /a#"),
	BAD(400, "GET /a\x7f"),
	BAD(400, "GET /\x80"),
	BAD(400, "GET /a b\r"),
	BAD(400, "GET /  HTTP/1.1"), /* the space is part of the version */
	BAD(400, "GET / \r"),
	BAD(400, "GET / http/1.1\r"),
	BAD(400, "GET / HTTP/1\r"),
	BAD(400, "GET / HTTP/1.\r"),
	BAD(400, "GET / HTTP/11.1"),
	BAD(400, "GET / HTTP/1.10"),
	BAD(400, "GET / HTTP/1.1 "),
	BAD(400, "GET / HTTP/x.y\r"),
	BAD(400, "GET / HTTP/1,1\r"),
	BAD(400, "GET / HTTP 1.1\r"),
	BAD(400, "GET / HTTP/1.1\r\r"),
	BAD(400, "GET / HTTP/1.1\n"),
	BAD(505, "GET / HTTP/0.9\r"),
	BAD(505, "GET / HTTP/2.0\r"),
	BAD(505, "GET / HTTP/3.7\r"),

	/* fields */
	BAD(400, "GET / HTTP/1.1\r\n\n"),
	BAD(400, "GET / HTTP/1.1\r\n\r\r"),
	BAD(400, "GET / HTTP/1.1\r\n:"),
	BAD(400, "GET / HTTP/1.1\r\n "),
	BAD(400, "GET / HTTP/1.1\r\n\t"),
	BAD(400, "GET / HTTP/1.1\r\nHost "),
	BAD(400, "GET / HTTP/1.1\r\nHost\t"),
	BAD(400, "GET / HTTP/1.1\r\nHost\r"),
	BAD(400, "GET / HTTP/1.1\r\nHo/"),
	BAD(400, "GET / HTTP/1.1\r\nH\0"),
	BAD(400, "GET / HTTP/1.1\r\nHost: a\0"),
	BAD(400, "GET / HTTP/1.1\r\nHost: a\x7f"),
	BAD(400, "GET / HTTP/1.1\r\nA: \x01"),
	BAD(400, "GET / HTTP/1.1\r\nA: b\n"),
	BAD(400, "GET / HTTP/1.1\r\nA: b\rc"),
	BAD(400, "GET / HTTP/1.1\r\nA: b\r\r"),
	BAD(400, "GET / HTTP/1.1\r\nA: b\r\n "), /* folded */
	BAD(400, "GET / HTTP/1.1\r\nA: b\r\n\t"),

	/* Host */
	BAD(400, "GET / HTTP/1.1\r\n\r\n"),
	BAD(400, "GET / HTTP/1.5\r\nHosts: h\r\n\r\n"),
	BAD(400, "GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n"),
	BAD(400, "GET / HTTP/1.0\r\nHost: h\r\nhOST:\r\n"),
	BAD(400, "GET / HTTP/1.1\r\nHost: a b\r\n"),
	BAD(400, "GET / HTTP/1.1\r\nHost: a/b\r\n"),
	BAD(400, "GET / HTTP/1.1\r\nHost: u@h\r\n"),
	BAD(400, "GET / HTTP/1.1\r\nHost: \xc3\xa4\r\n"),

	/* the length of a body */
	BAD(400, "GET / HTTP/1.0\r\nContent-Length:\r\n"),
	BAD(400, "GET / HTTP/1.0\r\nContent-Length: -5\r\n"),
	BAD(400, "GET / HTTP/1.0\r\nContent-Length: +5\r\n"),
	BAD(400, "GET / HTTP/1.0\r\nContent-Length: 0x5\r\n"),
	BAD(400, "GET / HTTP/1.0\r\nContent-Length: 5 5\r\n"),
	BAD(400, "GET / HTTP/1.0\r\nContent-Length: 5, 5\r\n"),
	BAD(400, "GET / HTTP/1.0\r\nContent-Length: 5.0\r\n"),
	BAD(400, "GET / HTTP/1.0\r\nContent-Length: 9223372036854775807\r\n"),
	BAD(400, "GET / HTTP/1.0\r\nContent-Length: 18446744073709551616\r\n"),
	BAD(400, "GET / HTTP/1.0\r\nContent-Length: 99999999999999999999999999"
                 "99999999999999999\r\n"),
	BAD(400,
            "GET / HTTP/1.0\r\nContent-Length: 5\r\nContent-Length: 5\r\n"),
	BAD(400,
            "GET / HTTP/1.0\r\nContent-Length: 0\r\ncontent-length: 5\r\n"),
	BAD(400, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n"
                 "Transfer-Encoding: chunked\r\n\r\n"),
	BAD(400, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
                 "Content-Length: 0\r\n\r\n"),
	BAD(400, "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"),
#undef BAD
};

enum {
	GOOD_COUNT = sizeof good_heads / sizeof good_heads[0],
	BAD_COUNT = sizeof bad_heads / sizeof bad_heads[0],
};

/* The first head_bytes of the head, in memory of exactly that size, at another
   place each time: the parser may neither look further nor keep a pointer. */
static int
parse_copy(struct http_request *request, const char *head, size_t head_bytes)
{
	char *copy = malloc(head_bytes + 1);
	char *exact = copy + 1; /* unaligned, too */
	int status;

	memcpy(exact, head, head_bytes);
	status = http_parse(request, exact, head_bytes);
	memset(exact, '#', head_bytes);
	free(copy);
	return status;
}

static int
parse_at_once(struct http_request *request, const char *head, size_t bytes)
{
	http_begin(request);
	return parse_copy(request, head, bytes);
}

/* All that a parser found, as text. */
static void
describe(char *text, size_t size, int status,
         const struct http_request *request)
{
	snprintf(text, size,
	         "status %d after %zu bytes, method %d (%zu+%zu), target "
	         "%zu+%zu, path %zu+%zu, query %zu+%zu, version 1.%d, "
	         "If-None-Match %zu+%zu, If-Modified-Since %zu+%zu, Range "
	         "%zu+%zu, If-Range %d, body %d, ends here %d, keeps alive %d",
	         status, request->read_bytes, (int)request->method,
	         request->method_name.offset, request->method_name.bytes,
	         request->target.offset, request->target.bytes,
	         request->path.offset, request->path.bytes,
	         request->query.offset, request->query.bytes,
	         request->minor_version, request->if_none_match.offset,
	         request->if_none_match.bytes,
	         request->if_modified_since.offset,
	         request->if_modified_since.bytes, request->range.offset,
	         request->range.bytes, request->has_if_range, request->has_body,
	         request->ends_here, request->keeps_alive);
}

static void
expect_status(const char *head, size_t bytes, int came, int wanted)
{
	if (came != wanted)
		fail_test("http_parse() was given the head %s. It returned %d. "
		          "It should have returned %d.",
		          text_quote(head, bytes), came, wanted);
}

static void
expect_slice(const struct good *good, const char *what, struct http_slice slice,
             const char *wanted)
{
	if (slice.bytes != strlen(wanted) ||
	    memcmp(good->head + slice.offset, wanted, slice.bytes) != 0)
		fail_test("http_parse() was given the head %s. It found the %s "
		          "%s. That should have been \"%s\".",
		          text_quote(good->head, good->bytes), what,
		          text_quote(good->head + slice.offset, slice.bytes),
		          wanted);
}

GIVEN(http_good_heads, "Well-formed request heads are understood.")
{
	for (size_t i = 0; i < GOOD_COUNT; i++) {
		const struct good *good = &good_heads[i];
		struct http_request request;
		int status = parse_at_once(&request, good->head, good->bytes);

		expect_status(good->head, good->bytes, status, good->status);
		expect_slice(good, "path", request.path, good->path);
		expect_slice(good, "query", request.query, good->query);
		if (request.read_bytes != good->bytes)
			fail_test("The head %s has %zu bytes. http_parse() "
			          "says that it is %zu bytes long.",
			          text_quote(good->head, good->bytes),
			          good->bytes, request.read_bytes);
		if (request.ends_here != good->ends_here ||
		    request.keeps_alive != good->keeps_alive)
			fail_test("After the head %s ends_here was %d and "
			          "keeps_alive %d. They should be %d and %d.",
			          text_quote(good->head, good->bytes),
			          request.ends_here, request.keeps_alive,
			          good->ends_here, good->keeps_alive);
	}
}

GIVEN(http_good_heads_end_where_they_end,
      "A head is complete with its empty line, not before.")
{
	for (size_t i = 0; i < GOOD_COUNT; i++) {
		const struct good *good = &good_heads[i];

		for (size_t bytes = 0; bytes < good->bytes; bytes++) {
			struct http_request request;
			int status = parse_at_once(&request, good->head, bytes);

			expect_status(good->head, bytes, status, 0);
		}
	}
}

GIVEN(http_bytes_behind_a_head, "What follows a head is not looked at.")
{
	for (size_t i = 0; i < GOOD_COUNT; i++) {
		const struct good *good = &good_heads[i];
		char *two = text_print("%s%c%c%s", good->head, '\0', '\n',
		                       good->head);
		struct http_request request;
		int status = parse_at_once(&request, two, good->bytes * 2 + 2);

		expect_status(good->head, good->bytes, status, good->status);
		if (request.read_bytes != good->bytes)
			fail_test("The head %s of %zu bytes came with others "
			          "behind it. http_parse() says that it is "
			          "%zu bytes long.",
			          text_quote(good->head, good->bytes),
			          good->bytes, request.read_bytes);
	}
}

GIVEN(http_bad_heads, "A head that is wrong is refused as soon as it is.")
{
	for (size_t i = 0; i < BAD_COUNT; i++) {
		const struct bad *bad = &bad_heads[i];
		struct http_request request;
		int status = parse_at_once(&request, bad->head, bad->bytes - 1);

		expect_status(bad->head, bad->bytes - 1, status, 0);
		status = parse_at_once(&request, bad->head, bad->bytes);
		expect_status(bad->head, bad->bytes, status, bad->status);
		if (request.ends_here || request.keeps_alive)
			fail_test("The head %s was refused with %d, but "
			          "http_parse() says that another request may "
			          "follow it.",
			          text_quote(bad->head, bad->bytes), status);
	}
}

/* The head comes in two parts, or (first_bytes 0) byte by byte. */
static int
parse_parts(struct http_request *request, const char *head, size_t bytes,
            size_t first_bytes)
{
	int status = 0;

	http_begin(request);
	for (size_t have = first_bytes; status == 0 && have <= bytes; have++) {
		if (first_bytes != 0 && have > first_bytes)
			have = bytes;
		status = parse_copy(request, head, have);
	}
	return status;
}

static void
expect_splits_alike(const char *head, size_t bytes)
{
	struct http_request request;
	int status = parse_at_once(&request, head, bytes);
	char at_once[1024], in_parts[1024];

	describe(at_once, sizeof at_once, status, &request);
	for (size_t first = 0; first < bytes; first++) {
		status = parse_parts(&request, head, bytes, first);
		describe(in_parts, sizeof in_parts, status, &request);
		if (strcmp(at_once, in_parts) != 0)
			fail_test("The head %s came in two parts, the first of "
			          "%zu bytes (0: byte by byte). http_parse() "
			          "found: %s. When it came at once: %s.",
			          text_quote(head, bytes), first, in_parts,
			          at_once);
	}
}

GIVEN(http_heads_in_parts,
      "However a head is cut into parts, the same is understood.")
{
	for (size_t i = 0; i < GOOD_COUNT; i++)
		expect_splits_alike(good_heads[i].head, good_heads[i].bytes);
	for (size_t i = 0; i < BAD_COUNT; i++)
		expect_splits_alike(bad_heads[i].head, bad_heads[i].bytes);
}

/* Which of the 256 bytes may stand where "%c" is? */
static void
expect_allowed(const char *before, const char *after, const char *allowed,
               int status_if_not)
{
	for (int byte = 0; byte < 256; byte++) {
		char *head = text_print("%s%c%s", before, byte, after);
		size_t bytes = strlen(before) + 1 + strlen(after);
		bool is_allowed = byte != 0 && strchr(allowed, byte) != NULL;
		struct http_request request;
		int status = parse_at_once(&request, head, bytes);

		if ((status != status_if_not) != is_allowed)
			fail_test("The byte 0x%02x stood in the head %s. "
			          "http_parse() returned %d. This byte is %s "
			          "there.",
			          (unsigned)byte, text_quote(head, bytes),
			          status, is_allowed ? "allowed" : "malformed");
	}
}

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define TOKEN   LETTERS "0123456789!#$%&'*+-.^_`|~"
#define VISIBLE TOKEN "\"(),/:;<=>?@[\\]{}"

GIVEN(http_allowed_bytes, "Each part of a head may hold its bytes, no others.")
{
	char value[256], target[128];
	size_t count = (size_t)snprintf(value, sizeof value, " \t%s", VISIBLE);
	char *to = target;

	for (int byte = 0x80; byte < 0x100; byte++)
		value[count++] = (char)byte;
	value[count] = '\0';
	for (const char *from = VISIBLE; *from != '\0'; from++)
		if (*from != '#')
			*to++ = *from;
	*to = '\0';

	expect_allowed("X", "Y / HTTP/1.0\r\n\r\n", TOKEN, 400);
	expect_allowed("GET /x", "y HTTP/1.0\r\n\r\n", target, 400);
	expect_allowed("GET / HTTP/1.0\r\nX", "Y: z\r\n\r\n", TOKEN ":", 400);
	expect_allowed("GET / HTTP/1.0\r\nX: y", "z\r\n\r\n", value, 400);
	expect_allowed("GET / HTTP/1.0\r\nHost: x", "y\r\n\r\n",
	               LETTERS "0123456789-._~:[]%!$&'()*+,;=", 400);
}

GIVEN(http_versions, "HTTP/1.x is spoken, no other major version.")
{
	for (int major = 0; major < 10; major++)
		for (int minor = 0; minor < 10; minor++) {
			char *head = text_print(
				"GET / HTTP/%d.%d\r\nHost: h\r\n\r\n", major,
				minor);
			struct http_request request;
			int status =
				parse_at_once(&request, head, strlen(head));

			expect_status(head, strlen(head), status,
			              major == 1 ? 200 : 505);
		}
}

/* A head of exactly so many bytes, with room in its target or its fields. */
static char *
make_head(size_t bytes, bool is_long_target)
{
	const char *form = is_long_target
	                           ? "GET /%0*d HTTP/1.1\r\nHost: h\r\n\r\n"
	                           : "GET / HTTP/1.1\r\nHost: h\r\nX: %0*d"
	                             "\r\n\r\n";
	size_t rest = strlen(form) - strlen("%0*d");

	return text_print(form, (int)(bytes - rest), 0);
}

GIVEN(http_head_limit, "A head of up to 8192 bytes is taken, not one more.")
{
	for (size_t bytes = 8190; bytes <= 8194; bytes++) {
		for (int is_target = 0; is_target < 2; is_target++) {
			const char *head = make_head(bytes, is_target);
			struct http_request request;
			int status = parse_at_once(&request, head, bytes);

			expect_status(head, bytes, status,
			              bytes <= 8192 ? 200 : 431);
			status = parse_parts(&request, head, bytes, 0);
			expect_status(head, bytes, status,
			              bytes <= 8192 ? 200 : 431);
		}
	}
}

GIVEN(http_request_line_limit,
      "A request line that does not end within 8192 bytes is too long.")
{
	static const char *const beginnings[] = {"", "G", "GET /", "\r\nGET /"};

	for (size_t i = 0; i < 4; i++) {
		char head[8193];
		size_t begin = strlen(beginnings[i]);
		struct http_request request;

		memset(head, 'x', sizeof head);
		memcpy(head, beginnings[i], begin);
		for (size_t bytes = 8190; bytes <= 8193; bytes++)
			expect_status(head, bytes,
			              parse_at_once(&request, head, bytes),
			              bytes < 8192 ? 0 : 414);
		/* ... and when the line ends just there, the fields are. */
		memcpy(head + 8180, " HTTP/1.1\r\nA", 12);
		if (begin > 1)
			expect_status(head, 8192,
			              parse_at_once(&request, head, 8192), 431);
	}
}

GIVEN(http_field_slices, "Fields are found whatever their case and blanks.")
{
	const char *head =
		"GET / HTTP/1.1\r\nhOST: h\r\nRANGE:bytes=0-1 \r\n"
		"if-none-match: \t\"a\", \"b\"\t\r\n"
		"If-Modified-Since:  Sun, 06 Nov 1994 08:49:37 GMT\r\n"
		"If-Range: x\r\nRanges: no\r\nRang: no\r\n\r\n";
	struct http_request request;
	struct good good = {.head = head, .bytes = strlen(head)};

	expect_status(head, good.bytes,
	              parse_at_once(&request, head, good.bytes), 200);
	expect_slice(&good, "Range", request.range, "bytes=0-1");
	expect_slice(&good, "If-None-Match", request.if_none_match,
	             "\"a\", \"b\"");
	expect_slice(&good, "If-Modified-Since", request.if_modified_since,
	             "Sun, 06 Nov 1994 08:49:37 GMT");
	if (!request.has_if_range)
		fail_test("The head %s has an If-Range field. http_parse() did "
		          "not find it.",
		          text_quote(head, good.bytes));
}

/* ---- Paths ---- */

static const struct {
	const char *encoded;
	size_t bytes;
	int status;
	bool is_folder;
	const char *path;
} paths[] = {
	{TEXT("/"), 0, true, ""},
	{TEXT(""), 0, true, ""},
	{TEXT("/a.txt"), 0, false, "a.txt"},
	{TEXT("/a/b/"), 0, true, "a/b"},
	{TEXT("//a///b////"), 0, true, "a/b"},
	{TEXT("////"), 0, true, ""},
	{TEXT("//etc/passwd"), 0, false, "etc/passwd"},
	{TEXT("/%2fetc%2Fpasswd"), 0, false, "etc/passwd"},
	{TEXT("/a%20b.txt"), 0, false, "a b.txt"},
	{TEXT("/a+b.txt"), 0, false, "a+b.txt"},
	{TEXT("/a..b.txt"), 0, false, "a..b.txt"},
	{TEXT("/a./b."), 0, false, "a./b."},
	{TEXT("/%61%62%e4%bd%A0"), 0, false, "ab\xe4\xbd\xa0"},
	{TEXT("/%2541"), 0, false, "%41"}, /* once, not twice */
	{TEXT("/%252e%252e/x"), 0, false, "%2e%2e/x"},
	{TEXT("/a%0d%0ab"), 0, false, "a\r\nb"},
	{TEXT("/%7f%01"), 0, false, "\x7f\x01"},
	{TEXT("/a%3fb%23"), 0, false, "a?b#"},
	{TEXT("/%"), 400, false, NULL},
	{TEXT("/%4"), 400, false, NULL},
	{TEXT("/a%4/"), 400, false, NULL},
	{TEXT("/%zz"), 400, false, NULL},
	{TEXT("/%-1"), 400, false, NULL},
	{TEXT("/%+f"), 400, false, NULL},
	{TEXT("/% 5"), 400, false, NULL},
	{TEXT("/%0x41"), 400, false, NULL},
	{TEXT("/%4g"), 400, false, NULL},
	{TEXT("/%%41"), 400, false, NULL},
	{TEXT("/%00"), 400, false, NULL},
	{TEXT("/index.html%00.txt"), 400, false, NULL},
	{TEXT("/.hidden%00"), 400, false, NULL},
	{TEXT("/a\0b"), 400, false, NULL},
	{TEXT("/."), 404, false, NULL},
	{TEXT("/.."), 404, false, NULL},
	{TEXT("/../secret.txt"), 404, false, NULL},
	{TEXT("/%2e%2e/secret.txt"), 404, false, NULL},
	{TEXT("/..%2fsecret.txt"), 404, false, NULL},
	{TEXT("/%2e%2e%2fsecret.txt"), 404, false, NULL},
	{TEXT("/a/../../secret.txt"), 404, false, NULL},
	{TEXT("/a/./b"), 404, false, NULL},
	{TEXT("/.git/config"), 404, false, NULL},
	{TEXT("/a/.b"), 404, false, NULL},
	{TEXT("/a%2f.b"), 404, false, NULL},
};

GIVEN(http_paths, "A path is decoded once, and never leads to a dot name.")
{
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		const char *given =
			text_quote(paths[i].encoded, paths[i].bytes);
		bool is_folder;
		char path[64];
		int status = http_decode_path(paths[i].encoded, paths[i].bytes,
		                              path, sizeof path, &is_folder);

		if (status != paths[i].status)
			fail_test("http_decode_path() was given %s. It "
			          "returned %d. It should have returned %d.",
			          given, status, paths[i].status);
		if (status == 0 && strcmp(path, paths[i].path) != 0)
			fail_test("http_decode_path() made %s of %s. It should "
			          "have made %s.",
			          text_quote(path, strlen(path)), given,
			          text_quote(paths[i].path,
			                     strlen(paths[i].path)));
		if (status == 0 && is_folder != paths[i].is_folder)
			fail_test("http_decode_path() was given %s. It set "
			          "is_folder to %d. That is wrong.",
			          given, is_folder);
	}
}

GIVEN(http_path_room, "A path that does not fit is refused, not cut.")
{
	static const char encoded[] = "/a%62//cd/";

	for (size_t size = 1; size <= 8; size++) {
		char *path = malloc(size); /* so that one more is noticed */
		bool is_folder;
		int status =
			http_decode_path(TEXT(encoded), path, size, &is_folder);

		if (status == 0 && strcmp(path, "ab/cd") != 0)
			fail_test("http_decode_path() was given %zu bytes for "
			          "the path of \"%s\". It returned 0 and the "
			          "path \"%s\".",
			          size, encoded, path);
		if (status != 0 && (status != 404 || size >= 7))
			fail_test("http_decode_path() was given %zu bytes for "
			          "the path of \"%s\". It returned %d.",
			          size, encoded, status);
		free(path);
	}
}

/* ---- Dates ---- */

/* The same by the C library, whose locale is "C" in this program. */
static void
format_with_libc(char text[HTTP_DATE_BYTES], time_t when)
{
	struct tm tm;

	gmtime_r(&when, &tm);
	strftime(text, HTTP_DATE_BYTES, "%a, %d %b %Y %H:%M:%S GMT", &tm);
}

static void
expect_date_both_ways(time_t when)
{
	char text[HTTP_DATE_BYTES], wanted[HTTP_DATE_BYTES];
	time_t again = -1;

	format_with_libc(wanted, when);
	http_format_date(text, when);
	if (memcmp(text, wanted, HTTP_DATE_BYTES) != 0)
		fail_test("http_format_date() wrote %s for the time %jd. That "
		          "is %s.",
		          text_quote(text, HTTP_DATE_BYTES), (intmax_t)when,
		          wanted);
	if (!http_parse_date(text, strlen(text), &again) || again != when)
		fail_test("http_parse_date() was given \"%s\". It found the "
		          "time %jd. It should have found %jd.",
		          text, (intmax_t)again, (intmax_t)when);
}

GIVEN(http_dates_of_every_day, "Every day from 1970 to 9999 is written right.",
      .timeout = 60)
{
	static const time_t last = 253402300799; /* of the year 9999 */

	/* Every day for 150 years, later every hundredth: with each step the
	   time of day is another one. */
	for (time_t when = 0; when < 150 * 366 * 86400L; when += 86399)
		expect_date_both_ways(when);
	for (time_t when = 0; when <= last; when += 100 * 86400 + 12345)
		expect_date_both_ways(when);
	for (int year = 1970; year <= 9999; year++) {
		struct tm tm = {.tm_year = year - 1900, .tm_mon = 1};

		tm.tm_mday = 28;
		expect_date_both_ways(timegm(&tm));
		tm.tm_mday = 29; /* or 1 March */
		expect_date_both_ways(timegm(&tm));
		tm.tm_mon = 11;
		tm.tm_mday = 31;
		tm.tm_hour = 23;
		tm.tm_min = tm.tm_sec = 59;
		expect_date_both_ways(timegm(&tm));
	}
	expect_date_both_ways(last);
}

GIVEN(http_dates_out_of_reach, "Times before 1970 and after 9999 are bounded.")
{
	char text[HTTP_DATE_BYTES];

	http_format_date(text, -1);
	if (strcmp(text, "Thu, 01 Jan 1970 00:00:00 GMT") != 0)
		fail_test("http_format_date() wrote \"%s\" for the time -1. It "
		          "should have written the first second of 1970.",
		          text);
	http_format_date(text, INT64_MAX);
	if (strcmp(text, "Fri, 31 Dec 9999 23:59:59 GMT") != 0)
		fail_test("http_format_date() wrote \"%s\" for the largest "
		          "time. It should have written the last of 9999.",
		          text);
}

static const struct {
	const char *text;
	size_t bytes;
	time_t when; /* -1: not a date */
} dates[] = {
	{TEXT("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777},
	{TEXT("Sunday, 06-Nov-94 08:49:37 GMT"), 784111777},
	{TEXT("Sun Nov  6 08:49:37 1994"), 784111777},
	{TEXT("Wednesday, 16-Nov-94 08:49:37 GMT"), 784975777},
	{TEXT("Wed Nov 16 08:49:37 1994"), 784975777},
	{TEXT("Thursday, 01-Jan-70 00:00:00 GMT"), 0},
	{TEXT("Saturday, 01-Jan-00 00:00:00 GMT"), 946684800},
	{TEXT("Tuesday, 31-Dec-69 23:59:59 GMT"), 3155759999},
	{TEXT("Sun, 06 Nov 94 08:49:37 GMT"), 784111777}, /* as people do */
	{TEXT("Tue, 29 Feb 2000 00:00:00 GMT"), 951782400},
	{TEXT(""), -1},
	{TEXT("0"), -1},
	{TEXT("garbage"), -1},
	{TEXT("784111777"), -1},
	{TEXT("Sun, 06 Nov 1994 08:49:37 GMT "), -1},
	{TEXT("Sun, 06 Nov 1994 08:49:37 gmt"), -1},
	{TEXT("Sun, 06 Nov 1994 08:49:37 UTC"), -1},
	{TEXT("Sun, 06 Nov 1994 08:49:37"), -1},
	{TEXT("Sun, 6 Nov 1994 08:49:37 GMT"), -1},
	{TEXT("Mon, 06 Nov 1994 08:49:37 GMT"), -1}, /* it was a Sunday */
	{TEXT("sun, 06 Nov 1994 08:49:37 GMT"), -1},
	{TEXT("Sun, 06 nov 1994 08:49:37 GMT"), -1},
	{TEXT("Sun, 06 Foo 1994 08:49:37 GMT"), -1},
	{TEXT("Sun, 00 Nov 1994 08:49:37 GMT"), -1},
	{TEXT("Sun, 31 Nov 1994 08:49:37 GMT"), -1},
	{TEXT("Thu, 31 Nov 1994 08:49:37 GMT"), -1},
	{TEXT("Wed, 29 Feb 2100 00:00:00 GMT"), -1},
	{TEXT("Mon, 29 Feb 2001 00:00:00 GMT"), -1},
	{TEXT("Sun, 06 Nov 1994 24:49:37 GMT"), -1},
	{TEXT("Sun, 06 Nov 1994 08:60:37 GMT"), -1},
	{TEXT("Sun, 06 Nov 1994 08:49:61 GMT"), -1},
	{TEXT("Sun, 06 Nov 1994 08:49:3x GMT"), -1},
	{TEXT("Sun, 06 Nov 1994 08:49:2: GMT"), -1},
	{TEXT("Sun, 06 Nov 1994 08-49-37 GMT"), -1},
	{TEXT("Sun, 06 Nov -994 08:49:37 GMT"), -1},
	{TEXT("Sun, 06 Nov zzzz 08:49:37 GMT"), -1},
	{TEXT("Wed, 31 Dec 1969 23:59:59 GMT"), -1}, /* before 1970 */
	{TEXT("Sun, 06 Nov 1994 08:49:37 GM\0"), -1},
	{TEXT("Sun, 06 Nov 1994\0\0\0\0\0\0\0\0\0\0\0\0\0"), -1},
	{TEXT("Sunday, 06-Nov-9x 08:49:37 GMT"), -1},
	{TEXT("Sunday, 36-Nov-94 08:49:37 GMT"), -1},
	{TEXT("Sunday, 06-Foo-94 08:49:37 GMT"), -1},
	{TEXT("Monday, 06-Nov-94 08:49:37 GMT"), -1},
	{TEXT(", 06-Nov-94 08:49:37 GMT"), -1},
	{TEXT("Sun Nov  x 08:49:37 1994"), -1},
	{TEXT("Sun Nov  0 08:49:37 1994"), -1},
	{TEXT("Sun Nov 36 08:49:37 1994"), -1},
	{TEXT("Sun Foo  6 08:49:37 1994"), -1},
	{TEXT("Sun Nov  6 08:49:37 19x4"), -1},
};

GIVEN(http_date_forms, "The three forms of a date are read, nothing else is.")
{
	for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
		time_t when = -1;
		bool is_date =
			http_parse_date(dates[i].text, dates[i].bytes, &when);

		if (is_date != (dates[i].when != -1) || when != dates[i].when)
			fail_test("http_parse_date() was given %s. It returned "
			          "%s and the time %jd. The time is %jd (-1: "
			          "it is no date).",
			          text_quote(dates[i].text, dates[i].bytes),
			          is_date ? "true" : "false", (intmax_t)when,
			          (intmax_t)dates[i].when);
	}
}

/* ---- Ranges and tags ---- */

static const struct {
	const char *text;
	int64_t size;
	enum http_range range;
	int64_t offset;
	int64_t bytes;
} ranges[] = {
#define WHOLE   HTTP_RANGE_WHOLE, 0, 0
#define NOWHERE HTTP_RANGE_NOWHERE, 0, 0
#define PART    HTTP_RANGE_PART
	{"bytes=0-0", 10, PART, 0, 1},
	{"bytes=0-9", 10, PART, 0, 10},
	{"bytes=0-10", 10, PART, 0, 10},
	{"bytes=9-", 10, PART, 9, 1},
	{"bytes=0-", 10, PART, 0, 10},
	{"bytes=3-5", 10, PART, 3, 3},
	{"BYTES=003-0005", 10, PART, 3, 3},
	{"bytes=-1", 10, PART, 9, 1},
	{"bytes=-10", 10, PART, 0, 10},
	{"bytes=-11", 10, PART, 0, 10},
	{"bytes=5-99999999999999999999999", 10, PART, 5, 5},
	{"bytes=-99999999999999999999999", 10, PART, 0, 10},
	{"bytes=5-9223372036854775807", INT64_MAX, PART, 5, INT64_MAX - 5},
	{"bytes=10-", 10, NOWHERE},
	{"bytes=10-20", 10, NOWHERE},
	{"bytes=-0", 10, NOWHERE},
	{"bytes=99999999999999999999999-", 10, NOWHERE},
	{"bytes=9223372036854775807-", INT64_MAX, NOWHERE},
	{"bytes=0-", 0, NOWHERE},
	{"bytes=0-0", 0, NOWHERE},
	{"bytes=-0", 0, NOWHERE},
	{"bytes=-5", 0, WHOLE},
	{"", 10, WHOLE},
	{"bytes", 10, WHOLE},
	{"bytes=", 10, WHOLE},
	{"bytes=-", 10, WHOLE},
	{"bytes=5", 10, WHOLE},
	{"bytes=5-4", 10, WHOLE},
	{"bytes=0-1,3-4", 10, WHOLE},
	{"bytes=0-1,", 10, WHOLE},
	{"bytes= 0-1", 10, WHOLE},
	{"bytes=0 -1", 10, WHOLE},
	{"bytes=0- 1", 10, WHOLE},
	{"bytes=+0-1", 10, WHOLE},
	{"bytes=--1", 10, WHOLE},
	{"bytes=0x0-0x1", 10, WHOLE},
	{"bytes=a-b", 10, WHOLE},
	{"lines=0-1", 10, WHOLE},
	{"bytes:0-1", 10, WHOLE},
#undef WHOLE
#undef NOWHERE
#undef PART
};

GIVEN(http_ranges, "A single range of bytes is found within the file.")
{
	for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
		int64_t offset = 0, bytes = 0;
		enum http_range range =
			http_parse_range(ranges[i].text, strlen(ranges[i].text),
		                         ranges[i].size, &offset, &bytes);

		if (range != ranges[i].range || offset != ranges[i].offset ||
		    bytes != ranges[i].bytes)
			fail_test("http_parse_range() was given \"%s\" and a "
			          "file of %" PRId64 " bytes. It returned %d, "
			          "offset %" PRId64 ", %" PRId64 " bytes. It "
			          "should have returned %d, %" PRId64
			          ", %" PRId64 ".",
			          ranges[i].text, ranges[i].size, (int)range,
			          offset, bytes, (int)ranges[i].range,
			          ranges[i].offset, ranges[i].bytes);
	}
}

static const struct {
	const char *list;
	bool matches;
} tag_lists[] = {
	{"\"4-5\"", true},
	{"W/\"4-5\"", true},
	{"*", true},
	{"\"x\", \"4-5\"", true},
	{"W/\"x\",W/\"4-5\" , \"y\"", true},
	{"\"\",\"4-5\"", true},
	{"", false},
	{"4-5", false},
	{"\"4-5", false},
	{"4-5\"", false},
	{"\"4-55\"", false},
	{"\"44-5\"", false},
	{"\"x\", \"y\"", false},
	{"**", false},
	{"\"*\"", false},
};

GIVEN(http_tags, "An entity tag is found in a list of them.")
{
	for (size_t i = 0; i < sizeof tag_lists / sizeof tag_lists[0]; i++) {
		const char *list = tag_lists[i].list;
		bool matches = http_etag_matches(list, strlen(list), "\"4-5\"");

		if (matches != tag_lists[i].matches)
			fail_test("http_etag_matches() was asked for \"4-5\" "
			          "(with its quotes) in %s. It returned %s.",
			          text_quote(list, strlen(list)),
			          matches ? "true" : "false");
	}
}

/* ---- Text ---- */

static void
expect_text(const struct http_text *text, const char *wanted)
{
	if (text->used != strlen(wanted) ||
	    memcmp(text->bytes, wanted, text->used) != 0)
		fail_test("The text that was put together is %s. It should be "
		          "%s.",
		          text_quote(text->bytes, text->used),
		          text_quote(wanted, strlen(wanted)));
}

GIVEN(http_texts, "Text is put together as it is given.")
{
	char bytes[200];
	struct http_text text = {.bytes = bytes, .size = sizeof bytes};

	http_add_strings(&text, "a", "", "bc");
	http_add(&text, "def", 2);
	http_add_number(&text, 0);
	http_add_strings(&text, ",");
	http_add_number(&text, 1234567890);
	http_add_strings(&text, ",");
	http_add_number(&text, INT64_MAX);
	expect_text(&text, "abcde0,1234567890,9223372036854775807");
	text.used = 0;
	http_add_path(&text, "a-z_A.Z~09/ b%?#\"<>\r\n\x7f\xe4:@&=+");
	expect_text(&text, "a-z_A.Z~09/%20b%25%3F%23%22%3C%3E%0D%0A%7F%E4%3A"
	                   "%40%26%3D%2B");
}

GIVEN(http_texts_without_room, "What does not fit is not written.")
{
	for (size_t size = 0; size < 12; size++) {
		char *bytes = malloc(size);
		struct http_text text = {.bytes = bytes, .size = size};

		http_add_strings(&text, "ab", "c");
		http_add_number(&text, 4567);
		http_add_path(&text, "/ ");
		http_add(&text, "", 0); /* what is full stays so */
		if (text.used > size || text.is_full != (size < 11))
			fail_test("11 bytes were added to a text with room for "
			          "%zu. It then held %zu and is_full was %d.",
			          size, text.used, text.is_full);
		free(bytes);
	}
}

GIVEN(http_numbers, "Digits are read as far as they go.")
{
	static const struct {
		const char *text;
		size_t digits;
		int64_t number;
	} numbers[] = {
		{"", 0, 0},
		{"x1", 0, 0},
		{"-1", 0, 0},
		{"007x", 3, 7},
		{"9223372036854775806", 19, INT64_MAX - 1},
		{"9223372036854775807", 19, INT64_MAX},
		{"9223372036854775808", 19, INT64_MAX},
		{"18446744073709551616", 20, INT64_MAX},
		{"99999999999999999999999999999999", 32, INT64_MAX},
	};

	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		int64_t number = -1;
		size_t digits = http_read_number(
			numbers[i].text, strlen(numbers[i].text), &number);

		if (digits != numbers[i].digits || number != numbers[i].number)
			fail_test("http_read_number() was given \"%s\". It "
			          "returned %zu digits and the number %" PRId64
			          ". There are %zu, and it is %" PRId64 ".",
			          numbers[i].text, digits, number,
			          numbers[i].digits, numbers[i].number);
	}
}
