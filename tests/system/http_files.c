/*
 * http_files.c - a file's bytes arrive as they are, and what is said about them
 * is true: RFC 9110, chapters 8 and 13.
 */
#define _GNU_SOURCE
#include "harness/client.h"
#include "harness/graded.h"
#include "harness/root.h"
#include "harness/subject.h"
#include "harness/wait.h"
#include "http_ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CORE "1.1-1.8"

/* A file's time that is easy to recognise: RFC 9110 has it as its example. */
enum { WINTER = 784111777, SUMMER = 1720000000 };
#define WINTER_TEXT "Sun, 06 Nov 1994 08:49:37 GMT"
#define SUMMER_TEXT "Wed, 03 Jul 2024 09:46:40 GMT"

static void
get_sizes(const size_t *sizes, size_t size_count)
{
	struct subject *server;

	for (size_t i = 0; i < size_count; i++)
		root_pattern(text_print("%zu.bin", sizes[i]), sizes[i],
		             (unsigned)i);
	server = subject_start(NULL);
	for (size_t i = 0; i < size_count; i++) {
		struct response *response =
			get_once(server, text_print("/%zu.bin", sizes[i]));

		expect_status(response, 200);
		expect_field(response, "Content-Length",
		             text_print("%zu", sizes[i]));
		expect_body_pattern(response, 0, sizes[i], (unsigned)i);
	}
}

CONTRACT(short_files_come_whole, CORE,
         "A short file comes as it is, whatever bytes are in it; an empty one "
         "too.")
{
	static const size_t sizes[] = {0, 1, 2, 500, 4095, 4096};

	get_sizes(sizes, sizeof(sizes) / sizeof(*sizes));
}

CONTRACT(long_files_come_whole, CORE ", 1.9",
         "A long file comes as it is, to the last byte.")
{
	static const size_t sizes[] = {4097,  8191,   8192,   8193,
	                               65535, 262144, 262145, 8 << 20};

	get_sizes(sizes, sizeof(sizes) / sizeof(*sizes));
}

/* ---- HEAD ---- */

static void
expect_same_fields(const struct response *get, const struct response *head)
{
	expect_status(head, get->status);
	for (size_t i = 0; i < get->field_count; i++) {
		if (strcasecmp(get->fields[i].name, "Date") != 0)
			expect_field(head, get->fields[i].name,
			             get->fields[i].value);
	}
	if (head->field_count != get->field_count)
		fail_test("GET was answered with %zu fields, HEAD of the same "
		          "with %zu; they should be the same ones. Of GET the "
		          "head was %s, of HEAD %s.",
		          get->field_count, head->field_count,
		          text_quote(get->head, strlen(get->head)),
		          text_quote(head->head, strlen(head->head)));
}

CONTRACT(head_is_get_without_body, CORE,
         "HEAD gets the same fields as GET, whatever the status, and never a "
         "body.")
{
	static const char *const targets[] = {
		"/hello.txt", "/",        "/empty",   "/missing",
		"/folder",    "/.hidden", "/folder/", "/%zz"};
	struct subject *server;

	root_text("empty", "");
	root_folder("folder");
	server = subject_start(NULL);
	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++)
		expect_same_fields(get_once(server, targets[i]),
		                   ask_once(server, "HEAD", targets[i], ""));
}

CONTRACT(head_of_a_huge_file, CORE,
         "The length of a file of 5 GiB is said to the byte.")
{
	struct response *response;

	root_sparse("huge.bin", (off_t)5 << 30);
	response = ask_once(subject_start(NULL), "HEAD", "/huge.bin", "");
	expect_status(response, 200);
	expect_field(response, "Content-Length", "5368709120");
}

/* ---- Content-Type ---- */

static const struct {
	const char *name;
	const char *types[2]; /* either will do */
	bool is_text;         /* then its charset is said */
} types[] = {
	{"page.html", {"text/html"}, true},
	{"PAGE.HTML", {"text/html"}, true},
	{"style.css", {"text/css"}, true},
	{"notes.txt", {"text/plain"}, true},
	{"a.min.js", {"text/javascript", "application/javascript"}, true},
	{"data.json", {"application/json"}, false},
	{"picture.png", {"image/png"}, false},
	{"picture.jpg", {"image/jpeg"}, false},
	{"picture.jpeg", {"image/jpeg"}, false},
	{"picture.gif", {"image/gif"}, false},
	{"picture.svg", {"image/svg+xml"}, false},
	{"paper.pdf", {"application/pdf"}, false},
	{"README", {"application/octet-stream"}, false},
	{"html", {"application/octet-stream"}, false},
	{"what.is-this", {"application/octet-stream"}, false},
	{"v1.html/data", {"application/octet-stream"}, false},
};

static void
expect_type(const struct response *response, size_t i)
{
	const char *is = response_field(response, "Content-Type");
	size_t length = is == NULL ? 0 : strcspn(is, ";");

	if (is == NULL)
		fail_test("/%s came without a Content-Type; it is %s. %s",
		          types[i].name, types[i].types[0],
		          client_story(response->client));
	for (size_t k = 0; k < 2 && types[i].types[k] != NULL; k++) {
		if (strlen(types[i].types[k]) == length &&
		    strncmp(is, types[i].types[k], length) == 0 &&
		    (!types[i].is_text ||
		     strcasestr(is, "charset=utf-8") != NULL))
			return;
	}
	fail_test("/%s came as \"Content-Type: %s\"; it should be \"%s%s\".",
	          types[i].name, is, types[i].types[0],
	          types[i].is_text ? "; charset=utf-8" : "");
}

CONTRACT(content_type_follows_the_name, CORE,
         "Content-Type follows from the name's ending; text says that it is "
         "UTF-8.")
{
	struct subject *server;

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		root_text(types[i].name, "x");
	server = subject_start(NULL);
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		struct response *response =
			get_once(server, text_print("/%s", types[i].name));

		expect_status(response, 200);
		expect_type(response, i);
	}
}

/* ---- Dates ---- */

/* The time that a field says; its form must be RFC 9110's own. */
static time_t
read_date(const struct response *response, const char *name)
{
	static const char form[] = "%a, %d %b %Y %H:%M:%S GMT";
	const char *text = response_field(response, name);
	struct tm tm = {0};
	char again[64];
	time_t when;

	if (text == NULL || strptime(text, form, &tm) == NULL)
		fail_test("The answer's %s is \"%s\"; it should be a date like "
		          "\"" WINTER_TEXT "\". %s",
		          name, text == NULL ? "(not there)" : text,
		          client_story(response->client));
	when = timegm(&tm);
	strftime(again, sizeof(again), form, gmtime(&when));
	if (strcmp(again, text) != 0)
		fail_test("The answer's %s is \"%s\"; in the form that HTTP "
		          "wants that time is \"%s\".",
		          name, text, again);
	return when;
}

/* Whatever the server's day looks like, HTTP's dates are English and GMT. */
static const char *const environments[][3] = {
	{"TZ=JST-9", "LC_ALL=ja_JP.UTF-8", NULL},
	{"TZ=EST5EDT,M3.2.0,M11.1.0", "LC_ALL=tr_TR.UTF-8", NULL},
	{"TZ=UTC0", "LC_ALL=C", NULL},
};

static void
check_dates(struct subject *server)
{
	time_t before = time(NULL);
	struct response *response = get_once(server, "/winter.txt");
	time_t said = read_date(response, "Date");

	if (said < before - 2 || said > time(NULL) + 2)
		fail_test("An answer given at %lld (seconds since 1970, GMT) "
		          "has \"Date: %s\", which is %lld.",
		          (long long)before, response_field(response, "Date"),
		          (long long)said);
	expect_field(response, "Last-Modified", WINTER_TEXT);
	expect_field(get_once(server, "/summer.txt"), "Last-Modified",
	             SUMMER_TEXT);
	expect_status(ask_once(server, "GET", "/summer.txt",
	                       "If-Modified-Since: " SUMMER_TEXT "\r\n"),
	              304);
	expect_status(
		ask_once(
			server, "GET", "/summer.txt",
			"If-Modified-Since: Wed, 03 Jul 2024 09:46:39 GMT\r\n"),
		200);
}

CONTRACT(dates_in_every_time_zone, CORE,
         "Dates are in GMT and in English, and compared as such, wherever the "
         "server stands.")
{
	root_text("winter.txt", "brr\n");
	root_modified("winter.txt", WINTER);
	root_text("summer.txt", "ah\n");
	root_modified("summer.txt", SUMMER);
	for (size_t i = 0; i < sizeof(environments) / sizeof(*environments);
	     i++)
		check_dates(subject_start_with(&(struct subject_options){
			.environment = environments[i]}));
}

static time_t
date_of(const struct response *response, const char *name)
{
	const char *text = response_field(response, name);
	struct tm date = {0};

	if (text == NULL ||
	    strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &date) == NULL)
		fail_test("%s should be a date. It is %s. %s", name,
		          text == NULL ? "not there" : text,
		          client_story(response->client));
	return timegm(&date);
}

CONTRACT(nothing_is_modified_in_the_future, CORE,
         "Last-Modified is never later than Date, whatever the file's time is.")
{
	root_text("tomorrow.txt", "soon\n");
	root_modified("tomorrow.txt", time(NULL) + 24 * 60 * 60);
	struct subject *server = subject_start(NULL);
	struct response *response = client_get(server, "/tomorrow.txt");
	time_t date = date_of(response, "Date");

	if (date_of(response, "Last-Modified") > date)
		fail_test(
			"The file's time is tomorrow. Last-Modified is \"%s\" "
			"and Date \"%s\". RFC 9110, 8.8.2.1: it must not be "
			"later.",
			response_field(response, "Last-Modified"),
			response_field(response, "Date"));
}

/* ---- Conditions ---- */

static void
expect_condition(struct subject *server, const char *field_lines, int status)
{
	struct response *response =
		ask_once(server, "GET", "/winter.txt", field_lines);

	if (response->status != status)
		fail_test("The file was changed last at " WINTER_TEXT ". A GET "
		          "with %s was answered with %d; it should be %d. %s",
		          text_quote(field_lines, strlen(field_lines)),
		          response->status, status,
		          client_story(response->client));
	if (status == 200)
		expect_body(response, "brr\n");
}

CONTRACT(if_modified_since, CORE,
         "If-Modified-Since gets 304 if the file has not changed since; what "
         "is no date is ignored.")
{
	static const struct {
		const char *date;
		int status;
	} cases[] = {
		{WINTER_TEXT, 304},
		{"Sun, 06 Nov 1994 08:49:36 GMT", 200},
		{"Sun, 06 Nov 1994 09:49:37 GMT", 304},
		{"Sat, 05 Nov 1994 23:59:59 GMT", 200},
		{"Sunday, 06-Nov-94 08:49:37 GMT", 304},
		{"Sun Nov  6 08:49:37 1994", 304},
		{"Sun Nov  6 08:49:36 1994", 200},
		{"yesterday", 200},
		{"", 200},
		{"784111777", 200},
		{"Sun, 06 Nov 1994 25:49:37 GMT", 200},
		{"Wed, 31 Feb 2035 08:49:37 GMT", 200},
		{"Fri, 06 Foo 2035 08:49:37 GMT", 200},
	};
	struct subject *server;

	root_text("winter.txt", "brr\n");
	root_modified("winter.txt", WINTER);
	server = subject_start(NULL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		expect_condition(
			server,
			text_print("If-Modified-Since: %s\r\n", cases[i].date),
			cases[i].status);
}

CONTRACT(if_none_match, CORE,
         "If-None-Match gets 304 if it names the file's ETag, and goes before "
         "If-Modified-Since.")
{
	static const char unchanged[] =
		"If-Modified-Since: " WINTER_TEXT "\r\n";
	static const char changed[] =
		"If-Modified-Since: Sat, 05 Nov 1994 08:49:37 GMT\r\n";
	struct subject *server;
	const char *tag;

	root_text("winter.txt", "brr\n");
	root_modified("winter.txt", WINTER);
	server = subject_start(NULL);
	tag = response_field(get_once(server, "/winter.txt"), "ETag");
	if (tag == NULL || *tag != '"' || strlen(tag) < 3)
		fail_test("The answer to GET /winter.txt has the ETag %s; it "
		          "should have a strong one, with its quotes: \"abc\".",
		          tag == NULL ? "(none)" : tag);

#define TAG(format, ...)                                                       \
	text_print("If-None-Match: " format "\r\n%s", __VA_ARGS__)
	expect_condition(server, TAG("%s", tag, ""), 304);
	expect_condition(server, TAG("W/%s", tag, ""), 304);
	expect_condition(server, TAG("\"x\", %s, \"y\"", tag, ""), 304);
	expect_condition(server, TAG("\"x\" , W/%s", tag, ""), 304);
	expect_condition(server, TAG("%s", "*", ""), 304);
	expect_condition(server, TAG("%s", "\"x\"", ""), 200);
	expect_condition(server, TAG("%.*sx\"", (int)strlen(tag) - 1, tag, ""),
	                 200);
	expect_condition(server, TAG("\"x%s", tag + 1, ""), 200);
	expect_condition(server, TAG("%s", tag, changed), 304);
	expect_condition(server, TAG("%s", "\"x\"", unchanged), 200);
	expect_condition(server, TAG("%s", tag, "Range: bytes=0-0\r\n"), 304);
#undef TAG
	expect_status(
		ask_once(server, "GET", "/missing", "If-None-Match: *\r\n"),
		404);
}

CONTRACT(answer_304_has_no_body, "1.1-1.10",
         "A 304 has the ETag and no body: the next answer follows its head at "
         "once.")
{
	struct client *client = client_connect(subject_start(NULL));
	struct response *response;
	const char *tag;

	client_request(client, "GET", "/hello.txt", "");
	tag = response_field(client_receive(client), "ETag");
	client_sendf(client,
	             "GET /hello.txt HTTP/1.1\r\nHost: test\r\n"
	             "If-None-Match: %s\r\n\r\n"
	             "HEAD /hello.txt HTTP/1.1\r\nHost: test\r\n"
	             "If-None-Match: %s\r\n\r\n"
	             "GET / HTTP/1.1\r\nHost: test\r\n\r\n",
	             tag, tag);
	for (int i = 0; i < 2; i++) {
		response = client_receive(client);
		expect_status(response, 304);
		expect_field(response, "ETag", tag);
		read_date(response, "Date");
	}
	response = client_receive(client);
	expect_status(response, 200);
	expect_body(response, ROOT_INDEX);
}

/* ---- Files that change ---- */

enum { SEEN_SOON_MS = 250 };

/* Puts another file in the place of this one, at one stroke. */
static void
replace_file(const char *name, size_t byte_count, unsigned seed)
{
	root_pattern("new.tmp", byte_count, seed);
	if (rename(root_file_path("new.tmp"), root_file_path(name)) == -1)
		fail_test("rename(): the test itself is broken");
}

/* Asks until the new file comes; those asked later than SEEN_SOON_MS after the
   change must get it, however slow this machine is. */
static void
expect_soon(struct subject *server, const char *name, size_t byte_count,
            unsigned old_seed, unsigned new_seed, const char *old_tag)
{
	int64_t changed_ms = wait_now_ms();

	for (;;) {
		int64_t asked_ms = wait_now_ms() - changed_ms;
		struct response *response =
			get_once(server, text_print("/%s", name));
		const char *tag = response_field(response, "ETag");

		expect_status(response, 200);
		if (root_is_pattern(response->body, byte_count, 0, new_seed,
		                    NULL)) {
			if (tag == NULL || strcmp(tag, old_tag) == 0)
				fail_test("/%s has other bytes now, but still "
				          "the ETag %s.",
				          name, old_tag);
			return;
		}
		expect_body_pattern(response, 0, byte_count, old_seed);
		if (asked_ms > SEEN_SOON_MS)
			fail_test("/%s was replaced by another file of the "
			          "same length. A GET sent %lld ms later still "
			          "got the old one; after 100 ms the new one "
			          "should be seen.",
			          name, (long long)asked_ms);
		wait_nap();
	}
}

static void
check_replacing(size_t byte_count)
{
	struct subject *server;
	struct response *response;

	root_pattern("news.bin", byte_count, 1);
	server = subject_start(NULL);
	response = get_once(server, "/news.bin");
	expect_status(response, 200);
	replace_file("news.bin", byte_count, 2);
	expect_soon(server, "news.bin", byte_count, 1, 2,
	            response_field(response, "ETag"));
}

CONTRACT(short_file_replaced, CORE,
         "A short file that is replaced is seen within moments, with another "
         "ETag.")
{
	check_replacing(100);
}

CONTRACT(long_file_replaced, CORE ", 1.9",
         "A long file that is replaced is seen within moments, with another "
         "ETag.")
{
	check_replacing(100 * 1000);
}

/* Asks until the status is this. */
static void
expect_status_soon(struct subject *server, const char *target, int status)
{
	int64_t changed_ms = wait_now_ms();

	for (;;) {
		int64_t asked_ms = wait_now_ms() - changed_ms;
		struct response *response = get_once(server, target);

		if (response->status == status)
			return;
		if (asked_ms > SEEN_SOON_MS)
			fail_test("The file behind %s has come or gone. A GET "
			          "sent %lld ms later was answered with %d; it "
			          "should be %d.",
			          target, (long long)asked_ms, response->status,
			          status);
		wait_nap();
	}
}

CONTRACT(files_come_and_go, CORE,
         "A new file is found and a removed one is missed within moments.")
{
	struct subject *server = subject_start(NULL);

	expect_status(get_once(server, "/late.txt"), 404);
	root_text("late.txt", "here\n");
	expect_status_soon(server, "/late.txt", 200);
	root_remove("late.txt");
	expect_status_soon(server, "/late.txt", 404);
}
