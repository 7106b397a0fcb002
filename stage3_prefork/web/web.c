/*
 * web.c - for each request its answer.
 */
#define _GNU_SOURCE

#include "web.h"

#include "log.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	PATH_BYTES = 4096, /* no file can be opened by a longer path */
	BURN_MAX_MS = 10000,
};

static const char index_name[] = "index.html";

static const struct status {
	int code;
	const char *line;     /* of the status */
	const char *field;    /* line that comes with it */
	const char *sentence; /* for people */
} statuses[] = {
	{200, "200 OK", "", ""},
	{206, "206 Partial Content", "", ""},
	{301, "301 Moved Permanently", "",
         "It is a folder: its name ends with a /."},
	{304, "304 Not Modified", "", ""},
	{400, "400 Bad Request", "", "What came is not a request of HTTP/1.1."},
	{403, "403 Forbidden", "", "The server may not read this file."},
	{404, "404 Not Found", "", "There is no such file here."},
	{405, "405 Method Not Allowed", "Allow: GET, HEAD\r\n",
         "Files can only be read here."},
	{408, "408 Request Timeout", "", "The request took too long to come."},
	{413, "413 Content Too Large", "", "A request must have no body here."},
	{414, "414 URI Too Long", "",
         "The first line of the request is too long."},
	{416, "416 Range Not Satisfiable", "", "The file ends before that."},
	{431, "431 Request Header Fields Too Large", "",
         "The request is too long."},
	{501, "501 Not Implemented", "", "That is not done here."},
	{503, "503 Service Unavailable", "Retry-After: 1\r\n",
         "Too many files are open. Try again."},
	{505, "505 HTTP Version Not Supported", "",
         "Only HTTP/1.x is spoken here."},
	/* the last one: for any other */
	{500, "500 Internal Server Error", "", "The file could not be read."},
};

/* What belongs to one request while it is being answered. */
struct exchange {
	struct web *web;
	const struct http_request *http;
	const char *in; /* its offsets count from here */
	struct web_answer *answer;
	struct http_text out;
	const struct status *status;
};

static bool
is_head(const struct exchange *exchange)
{
	return exchange->http->method == HTTP_METHOD_HEAD;
}

static const char *
slice_text(const struct exchange *exchange, struct http_slice slice)
{
	return exchange->in + slice.offset;
}

static const struct status *
find_status(int code)
{
	size_t count = sizeof(statuses) / sizeof(statuses[0]);
	size_t i = 0;

	while (i < count - 1 && statuses[i].code != code)
		i++;
	return &statuses[i];
}

static const char *
date_now(struct web *web)
{
	time_t now = time(NULL);

	if (web->date_second != now) {
		http_format_date(web->date, now);
		web->date_second = now;
	}
	return web->date;
}

/* The status line, and the fields that come with every answer. */
static void
begin_head(struct exchange *exchange, int code)
{
	const struct status *status = find_status(code);
	const char *connection = "";

	if (exchange->answer->closes)
		connection = "Connection: close\r\n";
	else if (exchange->http->minor_version == 0)
		connection = "Connection: keep-alive\r\n";
	exchange->status = status;
	exchange->out.used = 0;
	exchange->out.is_full = false;
	http_add_strings(
		&exchange->out, "HTTP/1.1 ", status->line,
		"\r\nServer: loop-to-pool\r\nDate: ", date_now(exchange->web),
		"\r\n", connection, status->field);
}

/* The length of the body, and the end of the head. */
static void
end_head(struct exchange *exchange, int64_t body_bytes)
{
	http_add_strings(&exchange->out, "Content-Length: ");
	http_add_number(&exchange->out, body_bytes);
	http_add_strings(&exchange->out, "\r\n\r\n");
}

static void
add_text(struct exchange *exchange, const char *type, const char *body)
{
	http_add_strings(&exchange->out, "Content-Type: ", type,
	                 "; charset=utf-8\r\n");
	end_head(exchange, (int64_t)strlen(body));
	if (!is_head(exchange))
		http_add_strings(&exchange->out, body);
}

/* In place of a file: what is the matter, for people. */
static void
add_page(struct exchange *exchange)
{
	const struct status *status = exchange->status;
	char page[512];

	snprintf(page, sizeof(page),
	         "<!doctype html>\n<title>%s</title>\n<h1>%s</h1>\n<p>%s\n",
	         status->line, status->line, status->sentence);
	add_text(exchange, "text/html", page);
}

static void
answer_status(struct exchange *exchange, int code)
{
	begin_head(exchange, code);
	add_page(exchange);
}

/* To the same path with a slash behind it. */
static void
answer_moved(struct exchange *exchange, const char *path)
{
	struct http_slice query = exchange->http->query;
	struct http_text *out = &exchange->out;

	begin_head(exchange, 301);
	http_add_strings(out, "Location: /");
	http_add_path(out, path);
	http_add_strings(out, query.bytes > 0 ? "/?" : "/");
	http_add(out, slice_text(exchange, query), query.bytes);
	http_add_strings(out, "\r\n");
	add_page(exchange);
	if (out->is_full) { /* a Location longer than what we can send */
		exchange->answer->closes = true;
		answer_status(exchange, 414);
	}
}

/* Does the client have this very file? RFC 9110, 13.2.2: If-None-Match, or else
   If-Modified-Since. */
static bool
is_unchanged(const struct exchange *exchange, const struct site_file *file)
{
	struct http_slice tags = exchange->http->if_none_match;
	struct http_slice date = exchange->http->if_modified_since;
	time_t since;

	if (tags.bytes > 0)
		return http_etag_matches(slice_text(exchange, tags), tags.bytes,
		                         file->etag);
	if (date.bytes > 0 &&
	    http_parse_date(slice_text(exchange, date), date.bytes, &since))
		return file->modified <= since;
	return false;
}

/* A part of the file comes behind the head: at once if it lies in memory, so
   that one send() carries both, or later from its descriptor. */
static void
add_file(struct exchange *exchange, struct site_file *file, int64_t offset,
         int64_t bytes)
{
	struct web_answer *answer = exchange->answer;

	if (is_head(exchange) || bytes == 0)
		return;
	if (file->bytes != NULL) {
		http_add(&exchange->out, file->bytes + offset, (size_t)bytes);
		return;
	}
	answer->file_fd = file->fd;
	answer->file_offset = offset;
	answer->file_left_bytes = bytes;
}

static void
answer_found(struct exchange *exchange, struct site_file *file)
{
	static const int codes[] = {
		[HTTP_RANGE_WHOLE] = 200,
		[HTTP_RANGE_PART] = 206,
		[HTTP_RANGE_NOWHERE] = 416,
	};
	const struct http_request *http = exchange->http;
	struct http_text *out = &exchange->out;
	enum http_range range = HTTP_RANGE_WHOLE;
	int64_t offset = 0;
	int64_t bytes = file->size_bytes;
	char field[96];

	if (is_unchanged(exchange, file)) {
		begin_head(exchange, 304);
		http_add(out, file->fields, file->validator_bytes);
		http_add_strings(out, "\r\n");
		return;
	}
	/* Ranges are defined for GET only: RFC 9110, 14.2. If-Range asks for
	   the part of just one version; the whole is always right. */
	if (http->method == HTTP_METHOD_GET && !http->has_if_range)
		range = http_parse_range(slice_text(exchange, http->range),
		                         http->range.bytes, file->size_bytes,
		                         &offset, &bytes);
	begin_head(exchange, codes[range]);
	if (range == HTTP_RANGE_NOWHERE) {
		snprintf(field, sizeof(field), "Content-Range: bytes */%jd\r\n",
		         (intmax_t)file->size_bytes);
		http_add_strings(out, field);
		add_page(exchange);
		return;
	}
	if (range == HTTP_RANGE_PART) {
		snprintf(field, sizeof(field),
		         "Content-Range: bytes %jd-%jd/%jd\r\n",
		         (intmax_t)offset, (intmax_t)(offset + bytes - 1),
		         (intmax_t)file->size_bytes);
		http_add_strings(out, field);
	}
	http_add(out, file->fields, file->fields_bytes);
	end_head(exchange, bytes);
	add_file(exchange, file, offset, bytes);
}

/* The status for what site_find() said. What leads out of the root is not
   there, as far as a stranger need know. */
static int
status_of_error(int error)
{
	switch (error) {
	case ENOENT:
	case EISDIR:
	case EXDEV:
		return 404;
	case EACCES:
		return 403;
	case EMFILE:
	case ENFILE:
		return 503;
	default:
		return 500;
	}
}

static void
answer_path(struct exchange *exchange)
{
	struct http_slice encoded = exchange->http->path;
	char path[PATH_BYTES];
	bool is_folder;
	int status;

	status = http_decode_path(slice_text(exchange, encoded), encoded.bytes,
	                          path, sizeof(path) - sizeof(index_name),
	                          &is_folder);
	if (status != 0) {
		exchange->answer->closes |= status == 400;
		answer_status(exchange, status);
		return;
	}
	if (is_folder) {
		if (path[0] != '\0')
			strcat(path, "/");
		strcat(path, index_name);
	}
	exchange->answer->file = site_find(exchange->web->site, path);
	if (exchange->answer->file != NULL)
		answer_found(exchange, exchange->answer->file);
	else if (errno == EISDIR && !is_folder)
		answer_moved(exchange, path);
	else
		answer_status(exchange, status_of_error(errno));
}

static void
answer_stats(struct exchange *exchange)
{
	struct web *web = exchange->web;
	struct site_file *file = site_make(web->site);
	off_t bytes;

	if (file == NULL) {
		answer_status(exchange, status_of_error(errno));
		return;
	}
	exchange->answer->file = file;
	web->print_stats(web->owner, file->fd);
	bytes = lseek(file->fd, 0, SEEK_END);
	begin_head(exchange, 200);
	http_add_strings(&exchange->out, "Content-Type: application/json\r\n"
	                                 "Cache-Control: no-store\r\n");
	end_head(exchange, bytes);
	add_file(exchange, file, 0, bytes);
}

static int64_t
cpu_now_ms(void)
{
	struct timespec used;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	return (int64_t)used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

/* What a server should not do in its loop: compute, while all clients wait. */
static void
answer_burn(struct exchange *exchange)
{
	struct http_slice query = exchange->http->query;
	const char *text = slice_text(exchange, query);
	int64_t begun_ms = cpu_now_ms();
	int64_t ms = 0;
	char line[64];

	if (query.bytes < 4 || memcmp(text, "ms=", 3) != 0 ||
	    http_read_number(text + 3, query.bytes - 3, &ms) !=
	            query.bytes - 3 ||
	    ms > BURN_MAX_MS) {
		exchange->answer->closes = true;
		answer_status(exchange, 400);
		return;
	}
	while (cpu_now_ms() - begun_ms < ms)
		;
	snprintf(line, sizeof(line), "burned %d ms\n", (int)ms);
	begin_head(exchange, 200);
	add_text(exchange, "text/plain", line);
}

static bool
has_path(const struct exchange *exchange, const char *path)
{
	struct http_slice slice = exchange->http->path;

	return slice.bytes == strlen(path) &&
	       memcmp(slice_text(exchange, slice), path, slice.bytes) == 0;
}

/* A good request, for what there may be. */
static void
answer_good(struct exchange *exchange)
{
	bool has_experiments = exchange->web->has_experiments;

	if (has_experiments && has_path(exchange, "/.stats"))
		answer_stats(exchange);
	else if (has_experiments && has_path(exchange, "/.burn"))
		answer_burn(exchange);
	else
		answer_path(exchange);
}

static void
log_answer(const struct exchange *exchange)
{
	const struct http_request *http = exchange->http;
	const struct web_answer *answer = exchange->answer;

	log_line("%.*s %.*s -> %d, %jd bytes%s", (int)http->method_name.bytes,
	         slice_text(exchange, http->method_name),
	         (int)http->target.bytes, slice_text(exchange, http->target),
	         exchange->status->code,
	         (intmax_t)answer->out_bytes + answer->file_left_bytes,
	         answer->closes ? ", the last" : "");
}

/* The answer is complete, but for the file's bytes. */
static void
finish(struct exchange *exchange)
{
	struct web_answer *answer = exchange->answer;

	assert(!exchange->out.is_full); /* WEB_OUT_MAX allows for all of it */
	answer->out_bytes = exchange->out.used;
	if (answer->file_left_bytes == 0)
		web_release(exchange->web, answer);
	stats_count(&exchange->web->stats->requests);
	if (exchange->web->is_verbose)
		log_answer(exchange);
}

void
web_begin(struct web_request *request)
{
	http_begin(&request->http);
}

size_t
web_answer(struct web *web, struct web_request *request, const char *in,
           size_t in_bytes, bool must_close, char *out,
           struct web_answer *answer)
{
	const struct http_request *http = &request->http;
	int status = http_parse(&request->http, in, in_bytes);
	struct exchange exchange = {
		.web = web,
		.http = http,
		.in = in,
		.answer = answer,
		.out = {.bytes = out, .size = WEB_OUT_MAX},
	};
	size_t used;

	if (status == 0)
		return 0;
	*answer = (struct web_answer){.file_fd = -1};
	answer->closes = must_close || !http->keeps_alive;
	answer->client_is_done = http->ends_here && !http->keeps_alive;
	if (status == 200)
		answer_good(&exchange);
	else
		answer_status(&exchange, status);
	finish(&exchange);

	/* Where a request ends that we did not understand, nobody knows. */
	used = http->ends_here ? http->read_bytes : in_bytes;
	web_begin(request);
	return used;
}

void
web_answer_timeout(struct web *web, char *out, struct web_answer *answer)
{
	static const struct http_request none;
	struct exchange exchange = {
		.web = web,
		.http = &none,
		.in = "",
		.answer = answer,
		.out = {.bytes = out, .size = WEB_OUT_MAX},
	};

	*answer = (struct web_answer){.file_fd = -1, .closes = true};
	answer_status(&exchange, 408);
	finish(&exchange);
}

void
web_release(struct web *web, struct web_answer *answer)
{
	if (answer->file != NULL)
		site_release(web->site, answer->file);
	answer->file = NULL;
	answer->file_left_bytes = 0;
}
