/*
 * http.c - a request head read, byte by byte; the words of a response head.
 */
#define _GNU_SOURCE /* memmem(), strptime() */

#include "http.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/*
 * Where the parser stands, which is all that it needs to remember of the bytes
 * behind it. In order; those up to REQUEST_LINE_LF are before the first field.
 *
 *     GET /a.txt HTTP/1.1 CR LF
 *     Host: example.org CR LF
 *     CR LF
 */
enum state {
	START,           /* nothing has come; one empty line is forgiven */
	START_LF,        /* the LF of that empty line comes now */
	METHOD,          /* "GET", up to the space */
	TARGET,          /* "/a.txt", up to the space */
	VERSION,         /* "HTTP/1.1", up to the CR */
	REQUEST_LINE_LF, /* the LF of the request line comes now */
	LINE,            /* a field's first byte, or the CR of the empty line */
	NAME,            /* "Host", up to the colon */
	VALUE,           /* "example.org", up to the CR; blanks around it */
	VALUE_LF,        /* the LF of a field comes now */
	HEAD_LF,         /* the LF of the empty line comes now: the end */
};

enum {
	VERSION_BYTES = 8, /* of "HTTP/1.1" */
	DATE_MAX = 40,     /* in any of the forms */
};

/* By enum http_method. Their case matters: RFC 9110, 9.1. */
static const char *const method_names[] = {
	"",    "GET",  "HEAD",   "OPTIONS", "CONNECT",
	"PUT", "POST", "DELETE", "TRACE",   "PATCH",
};

/* The kinds of bytes. Not those of <ctype.h>, which follow the locale. */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_visible(char c)
{
	return c > ' ' && c <= '~';
}

static bool
is_one_of(char c, const char *bytes)
{
	return c != '\0' && strchr(bytes, c) != NULL;
}

static bool
is_token_byte(char c)
{
	return is_alphanumeric(c) || is_one_of(c, "-!#$%&'*+.^_`|~");
}

static bool
is_unreserved(char c)
{
	return is_alphanumeric(c) || is_one_of(c, "-._~");
}

static bool
is_host_byte(char c)
{
	return is_unreserved(c) || is_one_of(c, ":[]%!$&'()*+,;=");
}

static char
to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* Does the text begin with the word, which is in lower case? */
static bool
begins_with(const char *text, size_t bytes, const char *word)
{
	size_t i = 0;

	while (i < bytes && word[i] != '\0' && to_lower(text[i]) == word[i])
		i++;
	return word[i] == '\0';
}

static bool
is_word(const char *text, size_t bytes, const char *word)
{
	return begins_with(text, bytes, word) && bytes == strlen(word);
}

/* Without the blanks around it. */
static struct http_slice
trim(const char *text, struct http_slice slice)
{
	size_t begin = slice.offset;
	size_t end = slice.offset + slice.bytes;

	while (begin < end && is_blank(text[begin]))
		begin++;
	while (begin < end && is_blank(text[end - 1]))
		end--;
	return (struct http_slice){begin, end - begin};
}

/* Is the word one of a comma-separated list? */
static bool
list_has(const char *list, size_t bytes, const char *word)
{
	struct http_slice item = {0};

	for (size_t at = 0; at <= bytes; at++) {
		if (at < bytes && list[at] != ',')
			continue;
		item.bytes = at - item.offset;
		item = trim(list, item);
		if (is_word(list + item.offset, item.bytes, word))
			return true;
		item.offset = at + 1;
	}
	return false;
}

size_t
http_read_number(const char *text, size_t bytes, int64_t *number)
{
	size_t digits = 0;

	*number = 0;
	for (; digits < bytes && is_digit(text[digits]); digits++) {
		int digit = text[digits] - '0';

		if (*number > (INT64_MAX - digit) / 10)
			*number = INT64_MAX;
		else
			*number = *number * 10 + digit;
	}
	return digits;
}

void
http_begin(struct http_request *request)
{
	*request = (struct http_request){.state = START};
}

/*
 * The parser. Its functions return 0 to go on, or what http_parse() returns.
 */

/* The next byte is the first of something else. */
static int
enter(struct http_request *request, enum state state)
{
	request->state = state;
	request->begin = request->read_bytes + 1;
	return 0;
}

/* What has been read since, without the byte that ends it. */
static struct http_slice
word_read(const struct http_request *request)
{
	return (struct http_slice){request->begin,
	                           request->read_bytes - request->begin};
}

static int
end_method(struct http_request *request, const char *head)
{
	struct http_slice name = word_read(request);
	const char *text = head + name.offset;

	if (name.bytes == 0)
		return 400;
	for (int i = HTTP_METHOD_GET; i < HTTP_METHOD_COUNT; i++)
		if (name.bytes == strlen(method_names[i]) &&
		    memcmp(text, method_names[i], name.bytes) == 0)
			request->method = (enum http_method)i;
	request->method_name = name;
	return enter(request, TARGET);
}

/* The length of the host, and port if any, that the text begins with. */
static size_t
host_length(const char *text, size_t bytes)
{
	size_t length = 0;

	while (length < bytes && is_host_byte(text[length]))
		length++;
	return length;
}

/* Is it "example.org:443"? */
static bool
is_host_and_port(const char *text, size_t bytes)
{
	size_t port = bytes; /* where it begins */

	while (port > 0 && is_digit(text[port - 1]))
		port--;
	return port > 1 && port < bytes && text[port - 1] == ':' &&
	       host_length(text, bytes) == bytes;
}

/* The length of the "http://example.org:80" that the text begins with; 0: it
   begins with nothing like that. */
static size_t
origin_length(const char *text, size_t bytes)
{
	size_t scheme, host;

	if (begins_with(text, bytes, "http://"))
		scheme = strlen("http://");
	else if (begins_with(text, bytes, "https://"))
		scheme = strlen("https://");
	else
		return 0;
	host = host_length(text + scheme, bytes - scheme);
	return host > 0 ? scheme + host : 0;
}

/* The target is complete: where is its path, where its query? */
static int
end_target(struct http_request *request, const char *head)
{
	struct http_slice target = word_read(request);
	const char *text = head + target.offset;
	size_t begin = origin_length(text, target.bytes);
	size_t end = begin;

	request->target = target;
	enter(request, VERSION);
	/* Forms of methods that are not offered: RFC 9112, 3.2.3 and 3.2.4. */
	if (request->method == HTTP_METHOD_CONNECT &&
	    is_host_and_port(text, target.bytes))
		return 0;
	if (request->method == HTTP_METHOD_OPTIONS &&
	    is_word(text, target.bytes, "*"))
		return 0;

	while (end < target.bytes && text[end] != '?')
		end++;
	/* Only behind a host the path may be empty. */
	if (begin == end ? begin == 0 : text[begin] != '/')
		return 400;
	request->path = (struct http_slice){target.offset + begin, end - begin};
	if (end < target.bytes)
		request->query = (struct http_slice){target.offset + end + 1,
		                                     target.bytes - end - 1};
	return 0;
}

/* Other minor versions are understood as this one, other major ones not. */
static int
end_version(struct http_request *request, const char *head)
{
	const char *text = head + request->begin;

	if (word_read(request).bytes != VERSION_BYTES ||
	    memcmp(text, "HTTP/", 5) != 0 || !is_digit(text[5]) ||
	    text[6] != '.' || !is_digit(text[7]))
		return 400;
	if (text[5] != '1')
		return 505;
	request->minor_version = text[7] - '0';
	return enter(request, REQUEST_LINE_LF);
}

static int
take_content_length(struct http_request *request, const char *text,
                    size_t bytes)
{
	int64_t length;
	size_t digits = http_read_number(text, bytes, &length);

	/* Two that agree are refused as well: who sends such a thing? */
	if (request->has_content_length)
		return 400;
	if (digits == 0 || digits < bytes || length == INT64_MAX)
		return 400;
	request->has_content_length = true;
	request->has_body = length > 0;
	return 0;
}

/* The fields that matter to us. All others are only checked for their form. */
static int
end_field(struct http_request *request, const char *head)
{
	const char *name = head + request->name.offset;
	size_t name_bytes = request->name.bytes;
	struct http_slice value = request->value;
	const char *text = head + value.offset;

	enter(request, LINE);
	if (is_word(name, name_bytes, "host")) {
		if (request->has_host ||
		    host_length(text, value.bytes) != value.bytes)
			return 400;
		request->has_host = true;
	} else if (is_word(name, name_bytes, "connection")) {
		/* It may come several times: the lists add up. */
		request->says_close |= list_has(text, value.bytes, "close");
		request->says_keep_alive |=
			list_has(text, value.bytes, "keep-alive");
	} else if (is_word(name, name_bytes, "content-length")) {
		return take_content_length(request, text, value.bytes);
	} else if (is_word(name, name_bytes, "transfer-encoding")) {
		request->has_transfer_encoding = true;
	} else if (is_word(name, name_bytes, "if-modified-since")) {
		request->if_modified_since = value;
	} else if (is_word(name, name_bytes, "if-none-match")) {
		request->if_none_match = value;
	} else if (is_word(name, name_bytes, "if-range")) {
		request->has_if_range = true;
	} else if (is_word(name, name_bytes, "range")) {
		request->range = value;
	}
	return 0;
}

/* All is read. Is it something that we answer? */
static int
end_head(struct http_request *request)
{
	bool is_1_0 = request->minor_version == 0;

	if (!is_1_0 && !request->has_host)
		return 400;
	if (request->has_transfer_encoding)
		return request->has_content_length ? 400 : 501;
	request->ends_here = !request->has_body;
	request->keeps_alive = request->ends_here && !request->says_close &&
	                       (!is_1_0 || request->says_keep_alive);
	if (request->method == HTTP_METHOD_UNKNOWN)
		return 501;
	if (request->method > HTTP_METHOD_HEAD)
		return 405;
	return request->has_body ? 413 : 200;
}

/*
 * One byte, one step. What no line here allows is malformed: a bare CR or LF, a
 * second space, a blank before a colon, a folded line (it would begin with a
 * blank, and no name does), and any control byte.
 */
static int
step(struct http_request *request, const char *head)
{
	char c = head[request->read_bytes];

	switch ((enum state)request->state) {
	case START:
		if (c == '\r')
			return enter(request, START_LF);
		request->state = METHOD;
		/* fall through */
	case METHOD:
		if (is_token_byte(c))
			return 0;
		return c == ' ' ? end_method(request, head) : 400;
	case START_LF:
		return c == '\n' ? enter(request, METHOD) : 400;
	case TARGET:
		if (is_visible(c) && c != '#') /* a fragment: not for servers */
			return 0;
		return c == ' ' ? end_target(request, head) : 400;
	case VERSION:
		if (c == '\r')
			return end_version(request, head);
		return word_read(request).bytes < VERSION_BYTES ? 0 : 400;
	case REQUEST_LINE_LF:
		return c == '\n' ? enter(request, LINE) : 400;
	case LINE:
		if (c == '\r')
			return enter(request, HEAD_LF);
		request->state = NAME;
		/* fall through */
	case NAME:
		if (is_token_byte(c))
			return 0;
		request->name = word_read(request);
		if (c != ':' || request->name.bytes == 0)
			return 400;
		return enter(request, VALUE);
	case VALUE:
		/* From 0x80 on it is somebody's letters: RFC 9110, 5.5. */
		if (is_visible(c) || is_blank(c) || (unsigned char)c >= 0x80)
			return 0;
		request->value = trim(head, word_read(request));
		return c == '\r' ? enter(request, VALUE_LF) : 400;
	case VALUE_LF:
		return c == '\n' ? end_field(request, head) : 400;
	case HEAD_LF:
		return c == '\n' ? end_head(request) : 400;
	}
	return 400; /* there is no other state */
}

int
http_parse(struct http_request *request, const char *head, size_t head_bytes)
{
	while (request->read_bytes < head_bytes &&
	       request->read_bytes < HTTP_HEAD_MAX) {
		int status = step(request, head);

		request->read_bytes++;
		if (status != 0)
			return status;
	}
	if (request->read_bytes < HTTP_HEAD_MAX)
		return 0;
	return request->state <= REQUEST_LINE_LF ? 414 : 431;
}

/* The byte that "%61" stands for, or -1 if the text does not begin so. */
static int
percent_byte(const char *text, size_t bytes)
{
	static const char digits[] = "0123456789abcdef";
	int byte = 0;

	if (bytes < 3)
		return -1;
	for (int i = 1; i < 3; i++) {
		const char *digit = memchr(digits, to_lower(text[i]), 16);

		if (digit == NULL)
			return -1;
		byte = byte * 16 + (int)(digit - digits);
	}
	return byte;
}

int
http_decode_path(const char *encoded, size_t encoded_bytes, char *path,
                 size_t path_size, bool *is_folder)
{
	size_t used = 0;
	bool is_missing = false;

	assert(path_size > 0);
	*is_folder = true; /* a slash has come, and no name after it yet */
	for (size_t i = 0; i < encoded_bytes; i++) {
		int c = (unsigned char)encoded[i];

		if (c == '%') {
			c = percent_byte(encoded + i, encoded_bytes - i);
			i += 2;
		}
		if (c <= 0)
			return 400;
		if (c == '/') { /* written when a name follows */
			*is_folder = true;
			continue;
		}
		/* What is tested here is what will be opened: decoded, once. */
		if (*is_folder && c == '.')
			is_missing = true;
		if (path_size - used < 3) /* a slash, this byte, the NUL */
			is_missing = true;
		if (is_missing)
			continue;
		if (*is_folder && used > 0)
			path[used++] = '/';
		path[used++] = (char)c;
		*is_folder = false;
	}
	path[used] = '\0';
	return is_missing ? 404 : 0;
}

/* Dates. The C library's names of days and months are English as long as nobody
   calls setlocale(3). */

#define DATE_FORM "%a, %d %b %Y %H:%M:%S GMT"

void
http_format_date(char text[HTTP_DATE_BYTES], time_t when)
{
	static const time_t last = 253402300799; /* of the year 9999 */
	struct tm tm;

	when = when < 0 ? 0 : when > last ? last : when;
	gmtime_r(&when, &tm);
	strftime(text, HTTP_DATE_BYTES, DATE_FORM, &tm);
}

static bool
parse_date_form(const char *text, const char *form, time_t *when)
{
	struct tm tm = {0};
	char again[DATE_MAX];
	time_t found;

	if (strptime(text, form, &tm) == NULL)
		return false;
	if (tm.tm_year < 70) /* strptime() takes 69 for 1969 */
		tm.tm_year += 100;
	found = timegm(&tm);

	/* strptime() forgives much. A date that is right is written again in
	   the same way. */
	if (strftime(again, sizeof(again), form, &tm) == 0 ||
	    strcmp(again, text) != 0)
		return false;
	*when = found;
	return true;
}

bool
http_parse_date(const char *text, size_t bytes, time_t *when)
{
	char copy[DATE_MAX];

	if (bytes >= sizeof(copy) || memchr(text, '\0', bytes) != NULL)
		return false;
	memcpy(copy, text, bytes);
	copy[bytes] = '\0';
	return parse_date_form(copy, DATE_FORM, when) ||
	       /* RFC 850, asctime(3), and what some make of the first */
	       parse_date_form(copy, "%A, %d-%b-%y %H:%M:%S GMT", when) ||
	       parse_date_form(copy, "%a %b %e %H:%M:%S %Y", when) ||
	       parse_date_form(copy, "%a, %d %b %y %H:%M:%S GMT", when);
}

enum http_range
http_parse_range(const char *text, size_t bytes, int64_t size_bytes,
                 int64_t *offset, int64_t *part_bytes)
{
	size_t at = strlen("bytes=");
	size_t first_digits, last_digits;
	int64_t first, last;

	if (!begins_with(text, bytes, "bytes="))
		return HTTP_RANGE_WHOLE;
	first_digits = http_read_number(text + at, bytes - at, &first);
	at += first_digits;
	if (at == bytes || text[at] != '-')
		return HTTP_RANGE_WHOLE;
	at++;
	last_digits = http_read_number(text + at, bytes - at, &last);
	at += last_digits;
	if (at != bytes || (first_digits == 0 && last_digits == 0))
		return HTTP_RANGE_WHOLE;

	if (first_digits == 0) { /* "-500": the last 500 bytes */
		if (size_bytes == 0 && last > 0)
			return HTTP_RANGE_WHOLE; /* no field can say 0 bytes */
		first = last < size_bytes ? size_bytes - last : 0;
	}
	if (first_digits == 0 || last_digits == 0)
		last = INT64_MAX; /* up to the end */
	if (last < first)
		return HTTP_RANGE_WHOLE;
	if (first >= size_bytes)
		return HTTP_RANGE_NOWHERE;
	*offset = first;
	*part_bytes = (last < size_bytes ? last + 1 : size_bytes) - first;
	return HTTP_RANGE_PART;
}

bool
http_etag_matches(const char *list, size_t bytes, const char *etag)
{
	if (bytes == 1 && list[0] == '*')
		return true;
	/* No tag has a quote inside: where ours is found with its quotes, it is
	   an item of the list, whatever stands around it. */
	return memmem(list, bytes, etag, strlen(etag)) != NULL;
}

void
http_add(struct http_text *text, const char *bytes, size_t count)
{
	if (count > text->size - text->used)
		text->is_full = true;
	if (text->is_full)
		return;
	memcpy(text->bytes + text->used, bytes, count);
	text->used += count;
}

void
http_add_list(struct http_text *text, const char *const strings[])
{
	for (; *strings != NULL; strings++)
		http_add(text, *strings, strlen(*strings));
}

void
http_add_number(struct http_text *text, int64_t number)
{
	char digits[20]; /* of 2^63 - 1 there are 19 */
	size_t begin = sizeof digits;

	assert(number >= 0);
	do {
		digits[--begin] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	http_add(text, digits + begin, sizeof digits - begin);
}

void
http_add_path(struct http_text *text, const char *path)
{
	char escape[4]; /* "%61" */

	for (; *path != '\0'; path++) {
		if (is_unreserved(*path) || *path == '/') {
			http_add(text, path, 1);
			continue;
		}
		snprintf(escape, sizeof escape, "%%%02X", (unsigned char)*path);
		http_add(text, escape, 3);
	}
}
