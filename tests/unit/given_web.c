/*
 * given_web.c - tests of web/web.c, web/log.c and web/stats.c: for each request
 * its answer, over real files.
 */
#define _GNU_SOURCE
#include "harness/graded.h"
#include "harness/proc.h"
#include "harness/root.h"
#include "web/log.h"
#include "web/web.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	BIG_BYTES = 100000, /* of big.bin: sent from its descriptor */
	BIG_SEED = 3,
	MODIFIED = 784111777, /* of hello.txt and big.bin */
};

#define MODIFIED_TEXT "Sun, 06 Nov 1994 08:49:37 GMT"

static struct stats stats;
static struct web web;

static void
print_some_stats(void *owner, int fd)
{
	stats_print(owner, fd);
}

static void
open_web(bool has_experiments)
{
	root_text("dir/index.html", "in dir\n");
	root_text("a b/c.txt", "blank\n");
	root_text("a b.txt", "a blank b\n");
	root_text("a+b.txt", "a plus b\n");
	root_text("a..b.txt", "dots\n");
	root_text("empty.txt", "");
	root_text("no-index/x.txt", "x\n");
	root_text(".hidden/x.txt", "hidden\n");
	root_text(".hidden.txt", "hidden\n");
	root_folder("dir-as-index/index.html");
	root_folder("dir\r\nX-Injected: 1");
	root_pattern("big.bin", BIG_BYTES, BIG_SEED);
	root_sparse("huge.bin", (off_t)5 << 30);
	root_fifo("pipe");
	root_link("out", "../secret.txt");
	root_modified("hello.txt", MODIFIED);
	root_modified("big.bin", MODIFIED);
	stats = (struct stats){0};
	web = (struct web){
		.site = site_open(root_path(), 4),
		.stats = &stats,
		.has_experiments = has_experiments,
		.owner = &stats,
		.print_stats = print_some_stats,
	};
	if (web.site == NULL)
		fail_test("site_open(\"%s\") failed: %s.", root_path(),
		          strerror(errno));
}

/* An answer with its body, as a client would have it. */
struct reply {
	const char *request; /* quoted */
	size_t used;
	int status;
	char *head;
	char *body;
	size_t body_bytes;
	bool closes;
	bool client_is_done;
};

static struct reply
take_answer(const char *request, const char *out, struct web_answer *answer)
{
	struct reply reply = {.request = request};
	char *text = malloc(WEB_OUT_MAX + (size_t)answer->file_left_bytes + 1);
	size_t bytes = answer->out_bytes;
	size_t left = (size_t)answer->file_left_bytes;
	char *end;

	memcpy(text, out, bytes);
	while (left > 0) {
		ssize_t n = pread(answer->file_fd, text + bytes, left,
		                  answer->file_offset);
		if (n <= 0)
			fail_test("The answer to %s is to be sent from a "
			          "descriptor, but pread() returned %zd there.",
			          request, n);
		answer->file_offset += n;
		left -= (size_t)n;
		bytes += (size_t)n;
	}
	end = memmem(text, bytes, "\r\n\r\n", 4);
	if (end == NULL || sscanf(text, "HTTP/1.1 %d ", &reply.status) != 1)
		fail_test("The answer to %s is %s. That is not a head.",
		          request, text_quote(text, bytes));
	end[2] = '\0';
	text[bytes] = '\0';
	reply.head = text;
	reply.body = end + 4;
	reply.body_bytes = (size_t)(text + bytes - reply.body);
	reply.closes = answer->closes;
	reply.client_is_done = answer->client_is_done;
	web_release(&web, answer);
	web_release(&web, answer); /* once more does no harm */
	return reply;
}

static struct reply
ask_bytes(const char *request, size_t bytes, bool must_close)
{
	struct web_request state;
	struct web_answer answer;
	static char out[WEB_OUT_MAX];
	struct reply reply;
	size_t used;

	web_begin(&state);
	used = web_answer(&web, &state, request, bytes, must_close, out,
	                  &answer);
	if (used == 0)
		fail_test("web_answer() was given the request %s. It returned "
		          "0, as if that were not complete.",
		          text_quote(request, bytes));
	reply = take_answer(text_quote(request, bytes), out, &answer);
	reply.used = used;
	return reply;
}

static struct reply
ask(const char *request)
{
	return ask_bytes(request, strlen(request), false);
}

/* A GET (or HEAD) of HTTP/1.1 with these field lines. */
static struct reply
get(const char *target, const char *fields)
{
	return ask(text_print("GET %s HTTP/1.1\r\nHost: h\r\n%s\r\n", target,
	                      fields));
}

/* The value of a field of the answer, or NULL. */
static char *
field(const struct reply *reply, const char *name)
{
	char *line = strcasestr(reply->head, text_print("\r\n%s: ", name));
	char *value = line == NULL ? NULL : line + strlen(name) + 4;

	return value == NULL
	               ? NULL
	               : text_print("%.*s", (int)strcspn(value, "\r"), value);
}

static void
check_status(const struct reply *reply, int wanted)
{
	if (reply->status != wanted)
		fail_test("The answer to %s was %d. It should have been %d.",
		          reply->request, reply->status, wanted);
}

static void
check_field(const struct reply *reply, const char *name, const char *wanted)
{
	const char *value = field(reply, name);

	if (wanted == NULL ? value != NULL
	                   : value == NULL || strcmp(value, wanted) != 0)
		fail_test("The answer to %s had the field %s: %s. It should "
		          "have been: %s.",
		          reply->request, name, value ? value : "(none)",
		          wanted ? wanted : "(none)");
}

static void
check_body(const struct reply *reply, const char *wanted)
{
	if (strcmp(reply->body, wanted) != 0)
		fail_test("The answer to %s had the body %s. It should have "
		          "been %s.",
		          reply->request,
		          text_quote(reply->body, reply->body_bytes),
		          text_quote(wanted, strlen(wanted)));
}

/* closes: the head says so, and the answer does. */
static void
check_closes(const struct reply *reply, bool wanted)
{
	const char *value = field(reply, "Connection");
	bool is_said = value != NULL && strcmp(value, "close") == 0;

	if (reply->closes != wanted || is_said != wanted)
		fail_test("The answer to %s set `closes` to %d, and its field "
		          "Connection is: %s. The connection should %s.",
		          reply->request, reply->closes,
		          value ? value : "(none)", wanted ? "close" : "stay");
}

/* What every answer has. */
static void
check_frame(const struct reply *reply)
{
	const char *date = field(reply, "Date");
	const char *length = field(reply, "Content-Length");
	time_t when;

	if (date == NULL || !http_parse_date(date, strlen(date), &when) ||
	    when > time(NULL) || when < time(NULL) - 5)
		fail_test("The answer to %s has the Date: %s. It should have "
		          "the time now.",
		          reply->request, date ? date : "(none)");
	if (reply->status == 304 ? length != NULL || reply->body_bytes != 0
	                         : length == NULL)
		fail_test("The answer to %s has the Content-Length: %s. Every "
		          "answer has one but 304, which has no body.",
		          reply->request, length ? length : "(none)");
	if (strncmp(reply->request, "\"HEAD", 5) == 0
	            ? reply->body_bytes != 0
	            : length != NULL &&
	                      reply->body_bytes != strtoul(length, NULL, 10))
		fail_test("The answer to %s has the Content-Length: %s, and "
		          "then came %zu bytes.",
		          reply->request, length, reply->body_bytes);
}

static const struct {
	const char *target;
	const char *fields;
	int status;
	const char *body;  /* NULL: any */
	const char *name;  /* of a field, */
	const char *value; /* and what it says; NULL: there must be none */
} answers[] = {
	/* files */
	{"/", "", 200, ROOT_INDEX, "Content-Type", "text/html; charset=utf-8"},
	{"/hello.txt", "", 200, "hello\n", "Last-Modified", MODIFIED_TEXT},
	{"/hello.txt", "", 200, "hello\n", "Accept-Ranges", "bytes"},
	{"/hello.txt", "", 200, "hello\n", "Connection", NULL},
	{"/hello.txt?x=%2e%2e/", "", 200, "hello\n", "Content-Length", "6"},
	{"//hello.txt", "", 200, "hello\n", NULL, NULL},
	{"http://other/hello.txt", "", 200, "hello\n", NULL, NULL},
	{"http://other", "", 200, ROOT_INDEX, NULL, NULL},
	{"/empty.txt", "", 200, "", "Content-Length", "0"},
	{"/a%20b.txt", "", 200, "a blank b\n", NULL, NULL},
	{"/a+b.txt", "", 200, "a plus b\n", NULL, NULL},
	{"/a..b.txt", "", 200, "dots\n", NULL, NULL},
	{"/hello.txt/", "", 404, NULL, NULL, NULL},
	{"/missing", "", 404, NULL, "Connection", NULL},
	{"/pipe", "", 404, NULL, NULL, NULL},
	{"/.hidden.txt", "", 404, NULL, NULL, NULL},
	{"/.hidden/x.txt", "", 404, NULL, NULL, NULL},
	{"/.stats", "", 404, NULL, NULL, NULL},
	{"/.burn?ms=1", "", 404, NULL, NULL, NULL},

	/* folders */
	{"/dir/", "", 200, "in dir\n", NULL, NULL},
	{"/dir", "", 301, NULL, "Location", "/dir/"},
	{"//dir", "", 301, NULL, "Location", "/dir/"},
	{"/dir?a=b&c=%0d", "", 301, NULL, "Location", "/dir/?a=b&c=%0d"},
	{"/a%20b", "", 301, NULL, "Location", "/a%20b/"},
	{"/no-index", "", 301, NULL, "Location", "/no-index/"},
	{"/no-index/", "", 404, NULL, NULL, NULL},
	{"/dir-as-index/", "", 404, NULL, NULL, NULL},
	{"/dir%0d%0aX-Injected:%201", "", 301, NULL, "Location",
         "/dir%0D%0AX-Injected%3A%201/"},
	{"/dir%0d%0aX-Injected:%201", "", 301, NULL, "X-Injected", NULL},
	{"/miss%0d%0aX-Injected:%201", "", 404, NULL, "X-Injected", NULL},

	/* the wall */
	{"/../secret.txt", "", 404, NULL, NULL, NULL},
	{"/%2e%2e/secret.txt", "", 404, NULL, NULL, NULL},
	{"/..%2fsecret.txt", "", 404, NULL, NULL, NULL},
	{"/dir/../../secret.txt", "", 404, NULL, NULL, NULL},
	{"/%252e%252e/secret.txt", "", 404, NULL, NULL, NULL},
	{"//etc/passwd", "", 404, NULL, NULL, NULL},
	{"/%2fetc%2fpasswd", "", 404, NULL, NULL, NULL},
	{"/out", "", 404, NULL, NULL, NULL},
	{"/hello.txt%00", "", 400, NULL, "Connection", "close"},
	{"/%zz", "", 400, NULL, "Connection", "close"},

	/* conditions: the tag before the date */
	{"/hello.txt", "If-None-Match: *\r\n", 304, "", "Last-Modified",
         MODIFIED_TEXT},
	{"/hello.txt", "If-None-Match: \"x\"\r\n", 200, "hello\n", NULL, NULL},
	{"/hello.txt",
         "If-None-Match: \"x\"\r\nIf-Modified-Since: " MODIFIED_TEXT "\r\n",
         200, "hello\n", NULL, NULL},
	{"/hello.txt", "If-Modified-Since: " MODIFIED_TEXT "\r\n", 304, "",
         "Content-Type", NULL},
	{"/hello.txt", "If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT\r\n",
         200, "hello\n", NULL, NULL},
	{"/hello.txt", "If-Modified-Since: Sun, 06 Nov 1994 09:49:37 GMT\r\n",
         304, "", NULL, NULL},
	{"/hello.txt", "If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT\r\n",
         304, "", NULL, NULL},
	{"/hello.txt", "If-Modified-Since: yesterday\r\n", 200, "hello\n", NULL,
         NULL},
	{"/missing", "If-None-Match: *\r\n", 404, NULL, NULL, NULL},

	/* ranges */
	{"/hello.txt", "Range: bytes=1-3\r\n", 206, "ell", "Content-Range",
         "bytes 1-3/6"},
	{"/hello.txt", "Range: bytes=-2\r\n", 206, "o\n", "Content-Range",
         "bytes 4-5/6"},
	{"/hello.txt", "Range: bytes=2-\r\n", 206, "llo\n", "Content-Length",
         "4"},
	{"/hello.txt", "Range: bytes=6-\r\n", 416, NULL, "Content-Range",
         "bytes */6"},
	{"/hello.txt", "Range: bytes=6-\r\n", 416, NULL, "Connection", NULL},
	{"/hello.txt", "Range: bytes=0-1,3-4\r\n", 200, "hello\n",
         "Content-Range", NULL},
	{"/hello.txt", "Range: lines=0-1\r\n", 200, "hello\n", NULL, NULL},
	{"/hello.txt", "If-Range: \"x\"\r\nRange: bytes=1-3\r\n", 200,
         "hello\n", NULL, NULL},
	{"/hello.txt", "If-None-Match: *\r\nRange: bytes=9-\r\n", 304, "", NULL,
         NULL},
	{"/empty.txt", "Range: bytes=0-\r\n", 416, NULL, "Content-Range",
         "bytes */0"},
	{"/empty.txt", "Range: bytes=-1\r\n", 200, "", NULL, NULL},
};

enum { ANSWER_COUNT = sizeof answers / sizeof answers[0] };

GIVEN(web_answers, "Each request has the answer that HTTP gives it.")
{
	open_web(false);
	for (size_t i = 0; i < ANSWER_COUNT; i++) {
		struct reply reply = get(answers[i].target, answers[i].fields);

		check_status(&reply, answers[i].status);
		check_frame(&reply);
		check_closes(&reply, answers[i].status == 400);
		if (answers[i].body != NULL)
			check_body(&reply, answers[i].body);
		if (answers[i].name != NULL)
			check_field(&reply, answers[i].name, answers[i].value);
		if (strstr(reply.body, ROOT_SECRET) != NULL)
			fail_test("The request %s got the file beside the "
			          "root.",
			          reply.request);
	}
	if (stats.requests != ANSWER_COUNT)
		fail_test("%d requests were answered. stats->requests was "
		          "then %ju.",
		          ANSWER_COUNT, (uintmax_t)stats.requests);
	site_close(web.site);
}

/* Without what may differ: the date, and the range, which HEAD has none of. */
static const char *
without_date(struct reply *reply)
{
	char *date = strstr(reply->head, "\r\nDate: ");

	if (date != NULL)
		memset(date, '-', 8 + HTTP_DATE_BYTES);
	return reply->head;
}

GIVEN(web_head, "HEAD is answered like GET, without the body.")
{
	open_web(true);
	for (size_t i = 0; i < ANSWER_COUNT; i++) {
		struct reply with, without;

		if (strstr(answers[i].fields, "Range:") != NULL ||
		    strstr(answers[i].target, "/.") != NULL)
			continue;
		with = get(answers[i].target, answers[i].fields);
		without = ask(text_print("HEAD %s HTTP/1.1\r\nHost: h\r\n%s"
		                         "\r\n",
		                         answers[i].target, answers[i].fields));
		check_frame(&without);
		if (strcmp(without_date(&with), without_date(&without)) != 0)
			fail_test(
				"The answer to %s had the head %s. The "
				"answer to %s had %s.",
				with.request,
				text_quote(with.head, strlen(with.head)),
				without.request,
				text_quote(without.head, strlen(without.head)));
	}
	site_close(web.site);
}

GIVEN(web_head_has_no_range, "A Range field of a HEAD request means nothing.")
{
	struct reply reply;

	open_web(false);
	reply = ask("HEAD /hello.txt HTTP/1.1\r\nHost: h\r\n"
	            "Range: bytes=99-\r\n\r\n");
	check_status(&reply, 200);
	check_frame(&reply);
	check_field(&reply, "Content-Length", "6");
	reply = ask("HEAD /huge.bin HTTP/1.1\r\nHost: h\r\n\r\n");
	check_field(&reply, "Content-Length", "5368709120");
	check_frame(&reply);
	site_close(web.site);
}

static void
check_big(const char *fields, int status, size_t begin, size_t bytes)
{
	struct reply reply = get("/big.bin", fields);
	uint64_t wrong;

	check_status(&reply, status);
	check_frame(&reply);
	if (reply.body_bytes != bytes ||
	    !root_is_pattern(reply.body, bytes, begin, BIG_SEED, &wrong))
		fail_test("The answer to %s had %zu bytes, which are not the "
		          "%zu bytes of the file from %zu on.",
		          reply.request, reply.body_bytes, bytes, begin);
}

GIVEN(web_long_files, "A long file, or a part of it, is sent from the disk.")
{
	open_web(false);
	check_big("", 200, 0, BIG_BYTES);
	check_big("Range: bytes=0-0\r\n", 206, 0, 1);
	check_big("Range: bytes=4095-50000\r\n", 206, 4095, 45906);
	check_big("Range: bytes=-8193\r\n", 206, BIG_BYTES - 8193, 8193);
	site_close(web.site);
}

GIVEN(web_tags, "The entity tag of a file is known again.")
{
	const char *tag;
	struct reply reply;

	open_web(false);
	reply = get("/big.bin", "");
	tag = field(&reply, "ETag");
	if (tag == NULL)
		fail_test("The answer to %s has no ETag.", reply.request);
	reply = get("/big.bin",
	            text_print("If-None-Match: \"x\", W/%s\r\n", tag));
	check_status(&reply, 304);
	check_frame(&reply);
	check_field(&reply, "ETag", tag);
	root_pattern("big.bin", BIG_BYTES - 1, BIG_SEED);
	usleep(1000 * (SITE_FRESH_MS + 10)); /* so long may it be remembered */
	reply = get("/big.bin", text_print("If-None-Match: %s\r\n", tag));
	check_status(&reply, 200);
	site_close(web.site);
}

static const struct {
	const char *request;
	int status;
	bool closes;
	bool client_is_done;
	const char *name;
	const char *value;
} framings[] = {
	/* kept or closed as the client wishes */
	{"GET / HTTP/1.1\r\nHost: h\r\n\r\n", 200, 0, 0, "Connection", NULL},
	{"GET / HTTP/1.0\r\n\r\n", 200, 1, 1, "Connection", "close"},
	{"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200, 0, 0,
         "Connection", "keep-alive"},
	{"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", 200, 1, 1,
         NULL, NULL},
	{"GET /missing HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", 404,
         1, 1, NULL, NULL},
	/* other methods */
	{"POST / HTTP/1.1\r\nHost: h\r\n\r\n", 405, 0, 0, "Allow", "GET, HEAD"},
	{"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", 405, 1,
         0, "Allow", "GET, HEAD"},
	{"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 405, 0, 0, "Allow",
         "GET, HEAD"},
	{"CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n", 405, 0, 0, "Allow",
         "GET, HEAD"},
	{"GET * HTTP/1.1\r\nHost: h\r\n\r\n", 400, 1, 0, "Allow", NULL},
	{"GET h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n", 400, 1, 0, "Allow", NULL},
	{"GETX / HTTP/1.1\r\nHost: h\r\n\r\n", 501, 0, 0, "Allow", NULL},
	{"get / HTTP/1.1\r\nHost: h\r\n\r\n", 501, 0, 0, NULL, NULL},
	{"GETX / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", 501, 1,
         0, NULL, NULL},
	/* what comes behind cannot be told */
	{"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 44\r\n\r\n"
         "GET /hello.txt HTTP/1.1\r\nHost: h\r\n\r\n",
         413, 1, 0, NULL, NULL},
	{"GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
         "0\r\n\r\n",
         501, 1, 0, NULL, NULL},
	{"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: -5\r\n\r\n", 400, 1, 0,
         NULL, NULL},
	{"GET / HTTP/1.1\r\n\r\n", 400, 1, 0, NULL, NULL},
	{"GET / HTTP/3.7\r\n\r\n", 505, 1, 0, NULL, NULL},
	{"HEAD / HTTP/1.1\r\nbad field: x\r\n\r\n", 400, 1, 0, NULL, NULL},
	{"\n", 400, 1, 0, NULL, NULL},
};

GIVEN(web_framing, "What cannot be followed by a request ends the connection.")
{
	open_web(false);
	for (size_t i = 0; i < sizeof framings / sizeof framings[0]; i++) {
		const char *request = framings[i].request;
		struct reply reply = ask(request);

		check_status(&reply, framings[i].status);
		check_frame(&reply);
		check_closes(&reply, framings[i].closes);
		if (framings[i].name != NULL)
			check_field(&reply, framings[i].name,
			            framings[i].value);
		if (reply.client_is_done != framings[i].client_is_done)
			fail_test("The answer to %s set client_is_done to %d. "
			          "That is wrong.",
			          reply.request, reply.client_is_done);
		if (reply.used != strlen(request))
			fail_test("web_answer() was given %s, %zu bytes. It "
			          "returned %zu.",
			          reply.request, strlen(request), reply.used);
	}
	site_close(web.site);
}

GIVEN(web_last_but_more_comes,
      "What comes behind a client's last request is not part of it.")
{
	struct reply reply;

	open_web(false);
	reply = ask("GET / HTTP/1.0\r\n\r\nGET / HTTP/1.0\r\n\r\n");
	check_status(&reply, 200);
	check_closes(&reply, true);
	if (reply.used != 18)
		fail_test("The first head of %s has 18 bytes. web_answer() "
		          "returned %zu.",
		          reply.request, reply.used);
	site_close(web.site);
}

GIVEN(web_date, "The date of an answer is the time now, not an earlier one.")
{
	struct reply reply;

	open_web(false);
	get("/", "");
	web.date_second = 1;
	http_format_date(web.date, 1);
	reply = get("/", "");
	check_frame(&reply);
	site_close(web.site);
}

GIVEN(web_must_close, "A server that stops says so, and the client may go on.")
{
	struct reply reply;

	open_web(false);
	reply = ask_bytes("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
	                  42, true);
	check_status(&reply, 200);
	check_closes(&reply, true);
	if (reply.client_is_done)
		fail_test("The client of %s wants to keep the connection. "
		          "client_is_done was set.",
		          reply.request);
	site_close(web.site);
}

GIVEN(web_pipeline, "Of several requests each is answered, in its turn.")
{
	static const char all[] = "GET /hello.txt HTTP/1.1\r\nHost: h\r\n\r\n"
				  "HEAD /dir/ HTTP/1.1\r\nHost: h\r\n\r\n"
				  "GET /missing HTTP/1.1\r\nHost: h\r\n\r\n"
				  "GET /dir/ HTTP/1.1\r\nHost: h\r\n\r\n"
				  "GET /hello.txt HTT";
	static const int statuses[] = {200, 200, 404, 200};
	const char *at = all;
	struct web_request state;
	struct web_answer answer;
	char out[WEB_OUT_MAX];
	size_t left;

	open_web(false);
	for (size_t i = 0; i < 4; i++) {
		struct reply reply = ask(at);

		check_status(&reply, statuses[i]);
		check_frame(&reply);
		at += reply.used;
	}
	web_begin(&state);
	left = strlen(at);
	if (web_answer(&web, &state, at, left, false, out, &answer) != 0)
		fail_test("web_answer() was given %s and answered.",
		          text_quote(at, left));
	site_close(web.site);
}

GIVEN(web_dripping, "A head that comes byte by byte is answered when it ends.")
{
	static const char head[] = "GET /hello.txt HTTP/1.1\r\nHost: h\r\n\r\n";
	struct web_request state;
	struct web_answer answer;
	char out[WEB_OUT_MAX];
	struct reply reply;

	open_web(false);
	web_begin(&state);
	for (size_t turn = 0; turn < 2; turn++) /* it begins anew by itself */
		for (size_t have = 1; have < sizeof head; have++) {
			size_t used = web_answer(&web, &state, head, have,
			                         false, out, &answer);

			if (used != (have < sizeof head - 1 ? 0 : have))
				fail_test("web_answer() was given %zu bytes of "
				          "%s. It returned %zu.",
				          have, text_quote(head, sizeof head),
				          used);
		}
	reply = take_answer(text_quote(head, sizeof head - 1), out, &answer);
	check_status(&reply, 200);
	check_body(&reply, ROOT_HELLO);
	site_close(web.site);
}

GIVEN(web_longest_heads, "The longest heads are answered, and longer ones too.")
{
	static const struct {
		const char *before;
		const char *after;
		int status;
	} longest[] = {
		{"GET /", " HTTP/1.1\r\nHost: h\r\n\r\n", 404},
		{"GET /?", " HTTP/1.1\r\nHost: h\r\n\r\n", 200},
		{"GET /dir?", " HTTP/1.1\r\nHost: h\r\n\r\n", 414},
		{"GET / HTTP/1.1\r\nHost: h\r\nX: ", "\r\n\r\n", 200},
		{"GET /", "", 414},
		{"GET / HTTP/1.1\r\nX: ", "", 431},
	};

	open_web(false);
	for (size_t i = 0; i < sizeof longest / sizeof longest[0]; i++) {
		char head[WEB_HEAD_MAX];
		size_t before = strlen(longest[i].before);
		size_t after = strlen(longest[i].after);
		struct reply reply;

		memset(head, 'x', sizeof head);
		memcpy(head, longest[i].before, before);
		memcpy(head + sizeof head - after, longest[i].after, after);
		reply = ask_bytes(head, sizeof head, false);
		check_status(&reply, longest[i].status);
		check_frame(&reply);
	}
	site_close(web.site);
}

GIVEN(web_short_files_go_with_the_head,
      "A file of up to SITE_SHORT_BYTES comes with the head in one piece.")
{
	static const char head[] = "GET /short.bin HTTP/1.1\r\nHost: h\r\n\r\n";
	struct web_request state;
	struct web_answer answer;
	char out[WEB_OUT_MAX];
	struct reply reply;

	open_web(false);
	root_pattern("short.bin", SITE_SHORT_BYTES, BIG_SEED);
	web_begin(&state);
	web_answer(&web, &state, head, sizeof head - 1, false, out, &answer);
	if (answer.file != NULL || answer.file_left_bytes != 0)
		fail_test("A file of %d bytes was asked for. The answer wants "
		          "%jd bytes of it sent after the head. They should "
		          "come with it.",
		          SITE_SHORT_BYTES, (intmax_t)answer.file_left_bytes);
	reply = take_answer("GET /short.bin", out, &answer);
	check_frame(&reply);
	if (!root_is_pattern(reply.body, SITE_SHORT_BYTES, 0, BIG_SEED, NULL))
		fail_test("The body of /short.bin is not what is in the file.");
	site_close(web.site);
}

GIVEN(web_timeout, "Who is too slow is told so, and that it is the last word.")
{
	struct web_answer answer;
	char out[WEB_OUT_MAX];
	struct reply reply;

	open_web(false);
	web.is_verbose = true;
	web_answer_timeout(&web, out, &answer);
	reply = take_answer("half a head", out, &answer);
	check_status(&reply, 408);
	check_frame(&reply);
	check_closes(&reply, true);
	site_close(web.site);
}

GIVEN(web_stats, "/.stats reports what the process has done.")
{
	struct reply reply;

	open_web(true);
	stats = (struct stats){
		.accepted = 5, .closed = 2, .requests = 7, .wakeups = 9};
	reply = get("/.stats", "");
	check_status(&reply, 200);
	check_frame(&reply);
	check_field(&reply, "Content-Type", "application/json");
	check_field(&reply, "Cache-Control", "no-store");
	check_body(&reply, text_print("{\"stage\": %d, \"pid\": %d, "
	                              "\"connections\": 3, \"accepted\": 5, "
	                              "\"requests\": 7, \"wakeups\": 9}\n",
	                              STAGE, (int)getpid()));
	reply = get("/.stats?x", "");
	check_status(&reply, 200);
	reply = get("/.stats/", "");
	check_status(&reply, 404);
	site_close(web.site);
}

static const struct {
	const char *target;
	int status;
	const char *body;
} burns[] = {
	{"/.burn?ms=0", 200, "burned 0 ms\n"},
	{"/.burn?ms=30", 200, "burned 30 ms\n"},
	{"/.burn", 400, NULL},
	{"/.burn?", 400, NULL},
	{"/.burn?ms=", 400, NULL},
	{"/.burn?ms=-1", 400, NULL},
	{"/.burn?ms=1x", 400, NULL},
	{"/.burn?ms=10001", 400, NULL},
	{"/.burn?ms=99999999999999999999999", 400, NULL},
	{"/.burn?sm=1", 400, NULL},
};

GIVEN(web_burn, "/.burn spends the time that it was asked for.")
{
	int64_t before, spent;

	open_web(true);
	before = proc_cpu_ns(getpid());
	for (size_t i = 0; i < sizeof burns / sizeof burns[0]; i++) {
		struct reply reply = get(burns[i].target, "");

		check_status(&reply, burns[i].status);
		check_frame(&reply);
		if (burns[i].body != NULL)
			check_body(&reply, burns[i].body);
	}
	spent = proc_cpu_ns(getpid()) - before;
	if (spent < 25 * 1000000) /* the kernel counts in ticks */
		fail_test("30 ms of CPU were to be spent. %jd ns were.",
		          (intmax_t)spent);
	site_close(web.site);
}

GIVEN(web_no_descriptor, "With no descriptor left the client may try again.")
{
	struct rlimit limit;
	struct reply reply;

	open_web(true);
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = (rlim_t)dup(0); /* all below are in use */
	close((int)limit.rlim_cur);
	setrlimit(RLIMIT_NOFILE, &limit);
	reply = get("/big.bin", "");
	check_status(&reply, 503);
	check_frame(&reply);
	check_field(&reply, "Retry-After", "1");
	check_closes(&reply, false);
	reply = get("/.stats", "");
	check_status(&reply, 503);
	limit.rlim_cur++;
	setrlimit(RLIMIT_NOFILE, &limit);
	reply = get("/big.bin", "");
	check_status(&reply, 200);
	site_close(web.site);
}

GIVEN(web_unreadable, "A file that may not be read is forbidden.")
{
	struct reply reply;

	open_web(false);
	root_text("locked.txt", "x");
	root_mode("locked.txt", 0);
	if (access(root_file_path("locked.txt"), R_OK) == 0)
		not_checked("this user may read every file");
	reply = get("/locked.txt", "");
	check_status(&reply, 403);
	check_frame(&reply);
	check_closes(&reply, false);
	site_close(web.site);
}

GIVEN(web_leaves_nothing_open, "However an answer ends, no descriptor stays.")
{
	size_t before = proc_fd_count(getpid());
	size_t after;

	open_web(true);
	for (size_t turn = 0; turn < 3; turn++)
		for (size_t i = 0; i < ANSWER_COUNT; i++)
			for (int is_head = 0; is_head < 2; is_head++)
				ask(text_print("%s %s HTTP/1.1\r\nHost: h\r\n"
				               "%s\r\n",
				               is_head ? "HEAD" : "GET",
				               answers[i].target,
				               answers[i].fields));
	site_close(web.site);
	after = proc_fd_count(getpid());
	if (after != before)
		fail_test("%zu descriptors were open before, and %zu after all "
		          "answers were given and the site was closed.",
		          before, after);
}

/* ---- log.c ---- */

/* What one log_line() with this text writes. */
static char *
catch_line(const char *text)
{
	static char line[8192];
	int ends[2], saved_fd = dup(STDERR_FILENO);
	ssize_t bytes;

	/* A packet a write: what one read() gets was one write(). */
	if (pipe2(ends, O_DIRECT | O_NONBLOCK) == -1)
		not_checked("no pipe with O_DIRECT: %s", strerror(errno));
	dup2(ends[1], STDERR_FILENO);
	errno = ENOTTY;
	log_line("%s", text);
	if (errno != ENOTTY)
		fail_test("errno was ENOTTY before log_line(), and %d after.",
		          errno);
	dup2(saved_fd, STDERR_FILENO);
	bytes = read(ends[0], line, sizeof line - 1);
	line[bytes > 0 ? bytes : 0] = '\0';
	close(ends[0]);
	close(ends[1]);
	close(saved_fd);
	return line;
}

GIVEN(log_lines, "A line of the log comes in one piece and only prints.")
{
	char *prefix = text_print("%s[%d]: ", program_invocation_short_name,
	                          (int)getpid());
	char *wanted = text_print("%sa?b??c \xe4\xbd\xa0\n", prefix);
	char *line = catch_line("a\nb\r\x1b"
	                        "c \xe4\xbd\xa0");

	if (strcmp(line, wanted) != 0)
		fail_test("log_line() wrote %s. It should have written %s.",
		          text_quote(line, strlen(line)),
		          text_quote(wanted, strlen(wanted)));
}

GIVEN(log_long_lines, "A line of the log that is too long is cut.")
{
	char *line = catch_line(text_print("%05000d", 0));
	size_t bytes = strlen(line);

	if (bytes < 100 || bytes > 4096 ||
	    strcmp(line + bytes - 5, "0...\n") != 0)
		fail_test("log_line() was given 5000 bytes. It wrote %zu, and "
		          "they end with %s. They should end with \"0...\\n\".",
		          bytes, text_quote(line + bytes - 5, 5));
}

GIVEN(log_without_stderr, "A log that cannot be written disturbs nobody.")
{
	int saved_fd = dup(STDERR_FILENO);
	int error;

	close(STDERR_FILENO);
	errno = ENOTTY;
	log_line("nobody reads this");
	error = errno;
	dup2(saved_fd, STDERR_FILENO);
	if (error != ENOTTY)
		fail_test("errno was ENOTTY before log_line(), and %d after.",
		          error);
}
