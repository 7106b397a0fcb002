/*
 * http.c - a request head read, byte by byte; the words of a response head.
 */
#define _GNU_SOURCE /* memmem() */

#include "http.h"

#include <assert.h>
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

enum { VERSION_BYTES = 8 }; /* of "HTTP/1.1" */

/* The fields that matter to us. All others are only checked for their form. */
enum field {
	FIELD_CONNECTION,
	FIELD_CONTENT_LENGTH,
	FIELD_HOST,
	FIELD_IF_MODIFIED_SINCE,
	FIELD_IF_NONE_MATCH,
	FIELD_IF_RANGE,
	FIELD_RANGE,
	FIELD_TRANSFER_ENCODING,
	FIELD_OTHER,
};

static const char *const field_names[FIELD_OTHER] = {
	[FIELD_CONNECTION] = "connection",
	[FIELD_CONTENT_LENGTH] = "content-length",
	[FIELD_HOST] = "host",
	[FIELD_IF_MODIFIED_SINCE] = "if-modified-since",
	[FIELD_IF_NONE_MATCH] = "if-none-match",
	[FIELD_IF_RANGE] = "if-range",
	[FIELD_RANGE] = "range",
	[FIELD_TRANSFER_ENCODING] = "transfer-encoding",
};

/* The kinds of bytes. Not those of <ctype.h>, which follow the locale. */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
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
	return is_letter(c) || is_digit(c) || is_one_of(c, "-!#$%&'*+.^_`|~");
}

static bool
is_target_byte(char c)
{
	return is_visible(c) && c != '#'; /* a fragment is not for servers */
}

static bool
is_value_byte(char c)
{
	/* From 0x80 on it is somebody's letters: RFC 9110, 5.5, obs-text. */
	return is_visible(c) || (unsigned char)c >= 0x80;
}

static bool
is_unreserved(char c)
{
	return is_letter(c) || is_digit(c) || is_one_of(c, "-._~");
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
	return bytes == strlen(word) && begins_with(text, bytes, word);
}

/* Is the word one of a comma-separated list? */
static bool
list_has(const char *list, size_t bytes, const char *word)
{
	size_t begin = 0;

	while (begin < bytes) {
		const char *comma = memchr(list + begin, ',', bytes - begin);
		size_t next = comma != NULL ? (size_t)(comma - list) : bytes;
		size_t end = next;

		while (begin < end && is_blank(list[begin]))
			begin++;
		while (begin < end && is_blank(list[end - 1]))
			end--;
		if (is_word(list + begin, end - begin, word))
			return true;
		begin = next + 1;
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

static int
enter(struct http_request *request, enum state state)
{
	request->state = state;
	return 0;
}

/* Takes the byte at this offset into the slice, if it is allowed there. Bytes
   passed over in between come with it: the blanks in a value belong to it,
   those around it do not. */
static int
extend(struct http_slice *slice, size_t offset, bool is_allowed)
{
	if (slice->bytes == 0)
		slice->offset = offset;
	slice->bytes = offset + 1 - slice->offset;
	return is_allowed ? 0 : 400;
}

static int
end_method(struct http_request *request, const char *head)
{
	static const struct {
		const char *name; /* RFC 9110, 9.1: its case matters */
		enum http_method method;
	} known[] = {
		{"GET", HTTP_METHOD_GET},       {"HEAD", HTTP_METHOD_HEAD},
		{"POST", HTTP_METHOD_KNOWN},    {"PUT", HTTP_METHOD_KNOWN},
		{"DELETE", HTTP_METHOD_KNOWN},  {"OPTIONS", HTTP_METHOD_KNOWN},
		{"CONNECT", HTTP_METHOD_KNOWN}, {"TRACE", HTTP_METHOD_KNOWN},
		{"PATCH", HTTP_METHOD_KNOWN},
	};
	const char *name = head + request->method_name.offset;
	size_t bytes = request->method_name.bytes;

	if (bytes == 0)
		return 400;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (bytes == strlen(known[i].name) &&
		    memcmp(name, known[i].name, bytes) == 0)
			request->method = known[i].method;
	return enter(request, TARGET);
}

/*
 * Of an absolute-form target, "http://example.org:80/a.txt", the offset of the
 * path, which may be empty. Returns 0 if it is not one: no target begins there.
 */
static size_t
skip_authority(const char *head, struct http_slice target)
{
	const char *text = head + target.offset;
	size_t begin, at;

	if (begins_with(text, target.bytes, "http://"))
		begin = strlen("http://");
	else if (begins_with(text, target.bytes, "https://"))
		begin = strlen("https://");
	else
		return 0;
	at = begin;
	while (at < target.bytes && is_host_byte(text[at]))
		at++;
	if (at == begin || (at < target.bytes && !is_one_of(text[at], "/?")))
		return 0;
	return target.offset + at;
}

/* The target is complete: where is its path, where its query? */
static int
end_target(struct http_request *request, const char *head)
{
	struct http_slice target = request->target;
	size_t begin = target.offset;
	size_t end = target.offset + target.bytes;
	const char *question;

	if (target.bytes == 0)
		return 400;
	if (head[begin] != '/')
		begin = skip_authority(head, target);
	if (begin == 0)
		return 400;
	question = memchr(head + begin, '?', end - begin);
	if (question != NULL) {
		size_t at = (size_t)(question - head);

		request->query = (struct http_slice){at + 1, end - at - 1};
		end = at;
	}
	request->path = (struct http_slice){begin, end - begin};
	return enter(request, VERSION);
}

static int
end_version(struct http_request *request, const char *head)
{
	const char *text = head + request->version.offset;

	if (request->version.bytes != VERSION_BYTES ||
	    memcmp(text, "HTTP/", 5) != 0 || !is_digit(text[5]) ||
	    text[6] != '.' || !is_digit(text[7]))
		return 400;
	request->major_version = text[5] - '0';
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

static int
take_host(struct http_request *request, const char *text, size_t bytes)
{
	if (request->has_host)
		return 400;
	request->has_host = true;
	for (size_t i = 0; i < bytes; i++)
		if (!is_host_byte(text[i]))
			return 400;
	return 0;
}

static int
take_field(struct http_request *request, const char *head, enum field field)
{
	struct http_slice value = request->value;
	const char *text = head + value.offset;

	switch (field) {
	case FIELD_CONNECTION: /* may come several times: the lists add up */
		request->says_close |= list_has(text, value.bytes, "close");
		request->says_keep_alive |=
			list_has(text, value.bytes, "keep-alive");
		break;
	case FIELD_CONTENT_LENGTH:
		return take_content_length(request, text, value.bytes);
	case FIELD_HOST:
		return take_host(request, text, value.bytes);
	case FIELD_IF_MODIFIED_SINCE:
		request->if_modified_since = value;
		break;
	case FIELD_IF_NONE_MATCH:
		request->if_none_match = value;
		break;
	case FIELD_IF_RANGE:
		request->has_if_range = true;
		break;
	case FIELD_RANGE:
		request->range = value;
		break;
	case FIELD_TRANSFER_ENCODING:
		request->has_transfer_encoding = true;
		break;
	case FIELD_OTHER:
		break;
	}
	return 0;
}

static int
end_field(struct http_request *request, const char *head)
{
	const char *name = head + request->name.offset;
	int field = 0;
	int status;

	while (field < FIELD_OTHER &&
	       !is_word(name, request->name.bytes, field_names[field]))
		field++;
	status = take_field(request, head, (enum field)field);
	request->name.bytes = 0;
	request->value.bytes = 0;
	return status != 0 ? status : enter(request, LINE);
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
	if (request->method == HTTP_METHOD_KNOWN)
		return 405;
	return request->has_body ? 413 : 200;
}

/*
 * One byte, one step. What no line here allows is malformed: a bare CR or LF, a
 * second space, a blank before a colon, a folded line (it would begin with a
 * blank, and no name does), and any control byte.
 */
static int
step(struct http_request *request, const char *head, size_t offset)
{
	char c = head[offset];

	switch ((enum state)request->state) {
	case START:
		if (c == '\r')
			return enter(request, START_LF);
		request->state = METHOD;
		/* fall through */
	case METHOD:
		if (c == ' ')
			return end_method(request, head);
		return extend(&request->method_name, offset, is_token_byte(c));
	case START_LF:
		return c == '\n' ? enter(request, METHOD) : 400;
	case TARGET:
		if (c == ' ')
			return end_target(request, head);
		return extend(&request->target, offset, is_target_byte(c));
	case VERSION:
		if (c == '\r')
			return end_version(request, head);
		return extend(&request->version, offset,
		              request->version.bytes < VERSION_BYTES);
	case REQUEST_LINE_LF:
		if (c != '\n')
			return 400;
		return request->major_version == 1 ? enter(request, LINE) : 505;
	case LINE:
		if (c == '\r')
			return enter(request, HEAD_LF);
		request->state = NAME;
		/* fall through */
	case NAME:
		if (c == ':' && request->name.bytes > 0)
			return enter(request, VALUE);
		return extend(&request->name, offset, is_token_byte(c));
	case VALUE:
		if (c == '\r')
			return enter(request, VALUE_LF);
		if (is_blank(c))
			return 0;
		return extend(&request->value, offset, is_value_byte(c));
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
		int status = step(request, head, request->read_bytes);

		request->read_bytes++;
		if (status != 0)
			return status;
	}
	if (request->read_bytes < HTTP_HEAD_MAX)
		return 0;
	return request->state <= REQUEST_LINE_LF ? 414 : 431;
}

static int
hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";

	if (!is_one_of(to_lower(c), digits))
		return -1;
	return (int)(strchr(digits, to_lower(c)) - digits);
}

/* The byte that "%61" stands for, or -1 if the text does not begin like that. */
static int
percent_byte(const char *text, size_t bytes)
{
	int high = bytes >= 3 ? hex_digit(text[1]) : -1;
	int low = bytes >= 3 ? hex_digit(text[2]) : -1;

	return high >= 0 && low >= 0 ? high * 16 + low : -1;
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

/*
 * Dates. Not strftime(), strptime() or gmtime(): they follow the locale's names
 * and the time zone's file.
 */

static const char *const day_names[7] = {"Sunday",    "Monday",   "Tuesday",
                                         "Wednesday", "Thursday", "Friday",
                                         "Saturday"};

static const char month_names[12][4] = {"Jan", "Feb", "Mar", "Apr",
                                        "May", "Jun", "Jul", "Aug",
                                        "Sep", "Oct", "Nov", "Dec"};

enum { DAY_SECONDS = 24 * 60 * 60 };

static int
days_of_month(int year, int month)
{
	static const int days[12] = {31, 28, 31, 30, 31, 30,
	                             31, 31, 30, 31, 30, 31};
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month] + (month == 1 && is_leap);
}

/* Days from 1 January 1970 to 1 January of this year, which is at least 1. */
static int
days_until_year(int year)
{
	int past = year - 1; /* whole years since the year 1 began */

	return past * 365 + past / 4 - past / 100 + past / 400 - 719162;
}

static void
put_digits(char *text, int width, int number)
{
	for (; width > 0; number /= 10)
		text[--width] = (char)('0' + number % 10);
}

void
http_format_date(char text[HTTP_DATE_BYTES], time_t when)
{
	const time_t last = (time_t)days_until_year(10000) * DAY_SECONDS - 1;
	int day, second, year, month = 0;

	when = when < 0 ? 0 : when > last ? last : when;
	day = (int)(when / DAY_SECONDS);
	second = (int)(when % DAY_SECONDS);
	memcpy(text, "Thu, 01 Jan 1970 00:00:00 GMT", HTTP_DATE_BYTES);
	memcpy(text, day_names[(day + 4) % 7], 3);

	year = 1970 + day / 366; /* or a later one */
	while (days_until_year(year + 1) <= day)
		year++;
	day -= days_until_year(year);
	for (; day >= days_of_month(year, month); month++)
		day -= days_of_month(year, month);

	put_digits(text + 5, 2, day + 1);
	memcpy(text + 8, month_names[month], 3);
	put_digits(text + 12, 4, year);
	put_digits(text + 17, 2, second / 3600);
	put_digits(text + 20, 2, second / 60 % 60);
	put_digits(text + 23, 2, second % 60);
}

/* The number that these digits are; if they are none, any number. */
static int
get_digits(const char *text, int width)
{
	int number = 0;

	for (int i = 0; i < width; i++)
		number = number * 10 + (text[i] - '0');
	return number;
}

/* Copies a date into the form that http_format_date() writes. From the obsolete
   forms the parts are taken; what stands between them is not looked at. */
static bool
copy_date(char date[HTTP_DATE_BYTES], const char *text, size_t bytes)
{
	const char *comma = memchr(text, ',', bytes);

	memcpy(date, "Sun, 06 Nov 1994 08:49:37 GMT", HTTP_DATE_BYTES);
	if (bytes == 29 && comma == text + 3) {
		memcpy(date, text, 29);
	} else if (bytes == 24 && comma == NULL) {
		/* asctime(): "Sun Nov  6 08:49:37 1994" */
		memcpy(date, text, 3);
		memcpy(date + 5, text[8] == ' ' ? "0" : text + 8, 1);
		memcpy(date + 6, text + 9, 1);
		memcpy(date + 8, text + 4, 3);
		memcpy(date + 12, text + 20, 4);
		memcpy(date + 17, text + 11, 8);
	} else if (comma != NULL && text + bytes - comma == 24) {
		/* RFC 850: "Sunday, 06-Nov-94 08:49:37 GMT" */
		memcpy(date, text, 3);
		memcpy(date + 5, comma + 2, 2);
		memcpy(date + 8, comma + 5, 3);
		memcpy(date + 12, comma[9] < '7' ? "20" : "19", 2);
		memcpy(date + 14, comma + 9, 2);
		memcpy(date + 17, comma + 12, 8);
	} else {
		return false;
	}
	return true;
}

bool
http_parse_date(const char *text, size_t bytes, time_t *when)
{
	char date[HTTP_DATE_BYTES], again[HTTP_DATE_BYTES];
	int year, month = 0;
	time_t days, found;

	if (!copy_date(date, text, bytes))
		return false;
	year = get_digits(date + 12, 4);
	while (month < 12 && memcmp(date + 8, month_names[month], 3) != 0)
		month++;
	days = days_until_year(year) + get_digits(date + 5, 2) - 1;
	for (int past = 0; past < month; past++)
		days += days_of_month(year, past);
	found = days * DAY_SECONDS + get_digits(date + 17, 2) * 3600 +
	        get_digits(date + 20, 2) * 60 + get_digits(date + 23, 2);

	/* One that is possible is written again in the same way. */
	http_format_date(again, found);
	if (memcmp(again, date, HTTP_DATE_BYTES) != 0)
		return false;
	*when = found;
	return true;
}

/* "-500": the last 500 bytes. */
static enum http_range
last_bytes(int64_t count, int64_t size_bytes, int64_t *offset,
           int64_t *part_bytes)
{
	if (count == 0)
		return HTTP_RANGE_NOWHERE;
	if (size_bytes == 0) /* all of nothing; no Content-Range can say it */
		return HTTP_RANGE_WHOLE;
	*part_bytes = count < size_bytes ? count : size_bytes;
	*offset = size_bytes - *part_bytes;
	return HTTP_RANGE_PART;
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

	if (first_digits == 0)
		return last_bytes(last, size_bytes, offset, part_bytes);
	if (last_digits != 0 && last < first)
		return HTTP_RANGE_WHOLE;
	if (first >= size_bytes)
		return HTTP_RANGE_NOWHERE;
	if (last_digits == 0 || last >= size_bytes)
		last = size_bytes - 1;
	*offset = first;
	*part_bytes = last - first + 1;
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
http_add_string(struct http_text *text, const char *string)
{
	http_add(text, string, strlen(string));
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
	static const char hex[] = "0123456789ABCDEF";

	for (; *path != '\0'; path++) {
		unsigned char c = (unsigned char)*path;

		if (is_unreserved(*path) || *path == '/') {
			http_add(text, path, 1);
			continue;
		}
		http_add(text, "%", 1);
		http_add(text, hex + c / 16, 1);
		http_add(text, hex + c % 16, 1);
	}
}
