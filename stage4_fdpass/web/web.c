/*
 * web.c - for each request its answer.
 */
#define _GNU_SOURCE

#include "web.h"

#include "log.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	PATH_BYTES = 4096, /* no file can be opened by a longer path */
	BURN_MAX_MS = 10000,
};

static const char index_name[] = "index.html";

static const struct status {
	int code;
	const char *reason;
	const char *sentence; /* for people */
} statuses[] = {
	{200, "OK", ""},
	{206, "Partial Content", ""},
	{301, "Moved Permanently", "It is a folder: its name ends with a /."},
	{304, "Not Modified", ""},
	{400, "Bad Request", "What came is not a request of HTTP/1.1."},
	{403, "Forbidden", "The server may not read this file."},
	{404, "Not Found", "There is no such file here."},
	{405, "Method Not Allowed", "Files can only be read here."},
	{408, "Request Timeout", "The request took too long to come."},
	{413, "Content Too Large", "A request must have no body here."},
	{414, "URI Too Long", "The first line of the request is too long."},
	{416, "Range Not Satisfiable", "The file ends before that."},
	{431, "Request Header Fields Too Large", "The request is too long."},
	{501, "Not Implemented", "That is not done here."},
	{503, "Service Unavailable", "Too many files are open. Try again."},
	{505, "HTTP Version Not Supported", "Only HTTP/1.x is spoken here."},
	/* the last one: for any other */
	{500, "Internal Server Error", "The file could not be read."},
};

/* What belongs to one request while it is being answered. */
struct exchange {
	struct web *web;
	const struct http_request *http; /* NULL: it never was complete */
	const char *in;                  /* its offsets count from here */
	struct web_answer *answer;
	struct http_text out;

	int status;
	int64_t body_bytes; /* as Content-Length says */
	const char *path;   /* for 301 */
	int64_t file_bytes; /* for 206 and 416: the whole file's */
};

static bool
is_head(const struct exchange *exchange)
{
	return exchange->http != NULL &&
	       exchange->http->method == HTTP_METHOD_HEAD;
}

static const char *
slice_text(const struct exchange *exchange, struct http_slice slice)
{
	return exchange->in + slice.offset;
}

static const struct status *
find_status(int code)
{
	const struct status *status = statuses;
	const struct status *end =
		statuses + sizeof(statuses) / sizeof(statuses[0]);

	while (status < end - 1 && status->code != code)
		status++;
	return status;
}

static const char *
date_now(struct web *web)
{
	time_t now = time(NULL);

	if (web->date[0] == '\0' || web->date_second != now) {
		http_format_date(web->date, now);
		web->date_second = now;
	}
	return web->date;
}

/* The fields that a status has by its meaning. */
static void
add_status_fields(struct exchange *exchange)
{
	struct http_text *out = &exchange->out;

	switch (exchange->status) {
	case 301:
		http_add_string(out, "Location: /");
		http_add_path(out, exchange->path);
		http_add_string(out, "/");
		if (exchange->http->query.bytes > 0) {
			http_add_string(out, "?");
			http_add(out,
			         slice_text(exchange, exchange->http->query),
			         exchange->http->query.bytes);
		}
		http_add_string(out, "\r\n");
		break;
	case 405:
		http_add_string(out, "Allow: GET, HEAD\r\n");
		break;
	case 416:
		http_add_string(out, "Content-Range: bytes */");
		http_add_number(out, exchange->file_bytes);
		http_add_string(out, "\r\n");
		break;
	case 503:
		http_add_string(out, "Retry-After: 1\r\n");
		break;
	default:
		break;
	}
}

/* The status line, and the fields that come with every answer. */
static void
begin_head(struct exchange *exchange, int code)
{
	const struct status *status = find_status(code);
	struct http_text *out = &exchange->out;

	exchange->status = code;
	out->used = 0;
	out->is_full = false;
	http_add_string(out, "HTTP/1.1 ");
	http_add_number(out, code);
	http_add_string(out, " ");
	http_add_string(out, status->reason);
	http_add_string(out, "\r\nServer: loop-to-pool\r\nDate: ");
	http_add_string(out, date_now(exchange->web));
	http_add_string(out, "\r\n");
	if (exchange->answer->closes)
		http_add_string(out, "Connection: close\r\n");
	else if (exchange->http->minor_version == 0)
		http_add_string(out, "Connection: keep-alive\r\n");
	add_status_fields(exchange);
}

/* The length of the body, and the end of the head. */
static void
end_head(struct exchange *exchange, int64_t body_bytes)
{
	exchange->body_bytes = body_bytes;
	http_add_string(&exchange->out, "Content-Length: ");
	http_add_number(&exchange->out, body_bytes);
	http_add_string(&exchange->out, "\r\n\r\n");
}

static void
answer_text(struct exchange *exchange, int code, const char *type,
            const struct http_text *body)
{
	begin_head(exchange, code);
	http_add_string(&exchange->out, "Content-Type: ");
	http_add_string(&exchange->out, type);
	http_add_string(&exchange->out, "; charset=utf-8\r\n");
	end_head(exchange, (int64_t)body->used);
	if (!is_head(exchange))
		http_add(&exchange->out, body->bytes, body->used);
}

/* An answer without a file: what is the matter, for people. */
static void
answer_status(struct exchange *exchange, int code)
{
	const struct status *status = find_status(code);
	char page[512];
	struct http_text body = {.bytes = page, .size = sizeof(page)};

	http_add_string(&body, "<!doctype html>\n<title>");
	http_add_number(&body, code);
	http_add_string(&body, " ");
	http_add_string(&body, status->reason);
	http_add_string(&body, "</title>\n<h1>");
	http_add_string(&body, status->reason);
	http_add_string(&body, "</h1>\n<p>");
	http_add_string(&body, status->sentence);
	http_add_string(&body, "\n");
	answer_text(exchange, code, "text/html", &body);
	if (code == 301 && exchange->out.is_full) {
		/* Location would be longer than what we can send. */
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

static void
answer_unchanged(struct exchange *exchange, const struct site_file *file)
{
	char modified[HTTP_DATE_BYTES];

	begin_head(exchange, 304);
	http_format_date(modified, file->modified);
	http_add_string(&exchange->out, "Last-Modified: ");
	http_add_string(&exchange->out, modified);
	http_add_string(&exchange->out, "\r\nETag: ");
	http_add_string(&exchange->out, file->etag);
	http_add_string(&exchange->out, "\r\n\r\n");
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
	const struct http_request *http = exchange->http;
	enum http_range range = HTTP_RANGE_WHOLE;
	int64_t offset = 0;
	int64_t bytes = file->size_bytes;

	exchange->file_bytes = file->size_bytes;
	if (is_unchanged(exchange, file)) {
		answer_unchanged(exchange, file);
		return;
	}
	/* Ranges are defined for GET only: RFC 9110, 14.2. If-Range asks for
	   the part of just one version; the whole is always right. */
	if (http->method == HTTP_METHOD_GET && !http->has_if_range)
		range = http_parse_range(slice_text(exchange, http->range),
		                         http->range.bytes, file->size_bytes,
		                         &offset, &bytes);
	if (range == HTTP_RANGE_NOWHERE) {
		answer_status(exchange, 416);
		return;
	}
	begin_head(exchange, range == HTTP_RANGE_PART ? 206 : 200);
	if (range == HTTP_RANGE_PART) {
		http_add_string(&exchange->out, "Content-Range: bytes ");
		http_add_number(&exchange->out, offset);
		http_add_string(&exchange->out, "-");
		http_add_number(&exchange->out, offset + bytes - 1);
		http_add_string(&exchange->out, "/");
		http_add_number(&exchange->out, file->size_bytes);
		http_add_string(&exchange->out, "\r\n");
	}
	http_add(&exchange->out, file->fields, file->fields_bytes);
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
	exchange->path = path;
	exchange->answer->file = site_find(exchange->web->site, path);
	if (exchange->answer->file != NULL)
		answer_found(exchange, exchange->answer->file);
	else if (errno == EISDIR && !is_folder)
		answer_status(exchange, 301);
	else
		answer_status(exchange, status_of_error(errno));
}

static void
answer_stats(struct exchange *exchange)
{
	struct web *web = exchange->web;
	struct site_file *file = site_make(web->site);
	struct stat st;

	if (file == NULL) {
		answer_status(exchange, status_of_error(errno));
		return;
	}
	exchange->answer->file = file;
	web->print_stats(web->owner, file->fd);
	if (fstat(file->fd, &st) == -1) {
		answer_status(exchange, 500);
		return;
	}
	begin_head(exchange, 200);
	http_add_string(&exchange->out, "Content-Type: application/json\r\n"
	                                "Cache-Control: no-store\r\n");
	end_head(exchange, st.st_size);
	add_file(exchange, file, 0, st.st_size);
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
	struct http_text body;
	char line[64];
	int64_t ms = 0;
	int64_t begun_ms = cpu_now_ms();

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
	body = (struct http_text){.bytes = line, .size = sizeof(line)};
	http_add_string(&body, "burned ");
	http_add_number(&body, ms);
	http_add_string(&body, " ms\n");
	answer_text(exchange, 200, "text/plain", &body);
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
	struct http_slice method = {0};
	struct http_slice target = {0};

	if (exchange->http != NULL) {
		method = exchange->http->method_name;
		target = exchange->http->target;
	}
	log_line("%.*s %.*s -> %d, %lld bytes%s", (int)method.bytes,
	         slice_text(exchange, method), (int)target.bytes,
	         slice_text(exchange, target), exchange->status,
	         is_head(exchange) ? 0 : (long long)exchange->body_bytes,
	         exchange->answer->closes ? ", the last" : "");
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
	struct exchange exchange = {
		.web = web,
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
