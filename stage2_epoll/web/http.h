/*
 * http.h - HTTP/1.1 as far as a file server needs it: RFC 9110 and RFC 9112.
 *
 * A request head goes in, byte by byte if need be, and what it asks for comes
 * out; and there are the words that a response head is made of.
 *
 * - Pure functions: no input or output, no allocation, no clock, no state but
 *   what the caller hands in. Only the C library, before its first date, reads
 *   the file of the time zone: see to that at start, with tzset(3).
 * - Strict. What two programs could read in two ways is refused, since a proxy
 *   in front of us may be the other one (RFC 9112, 11.2: request smuggling).
 * - Text that came from a client is bytes with a length, never a string: a NUL
 *   is a byte like any other.
 */
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum {
	HTTP_HEAD_MAX = 8192, /* bytes of a request head, its empty line too */
	HTTP_DATE_BYTES = 30, /* "Sun, 06 Nov 1994 08:49:37 GMT" and a NUL */
};

enum http_method {
	HTTP_METHOD_UNKNOWN, /* also: none has come yet */
	HTTP_METHOD_GET,
	HTTP_METHOD_HEAD,
	HTTP_METHOD_OPTIONS, /* this and the following are not offered here */
	HTTP_METHOD_CONNECT,
	HTTP_METHOD_PUT,
	HTTP_METHOD_POST,
	HTTP_METHOD_DELETE,
	HTTP_METHOD_TRACE,
	HTTP_METHOD_PATCH,
	HTTP_METHOD_COUNT,
};

/* A part of the head: offsets stay right when its bytes are moved. */
struct http_slice {
	size_t offset;
	size_t bytes; /* 0: there is none */
};

struct http_request {
	/* reading: where the parser stands */
	unsigned state;          /* an enum of http.c; 0 in the beginning */
	size_t read_bytes;       /* of the head so far; in the end all of it */
	size_t begin;            /* of the word that is being read */
	struct http_slice name;  /* of the field that is being read */
	struct http_slice value; /* without the blanks around it */

	/* the request line */
	enum http_method method;
	int minor_version; /* the 1 of HTTP/1.1 */
	struct http_slice method_name;
	struct http_slice target; /* as it came */
	struct http_slice path;   /* of the target, still percent-encoded; none
	                             in "OPTIONS *" and "CONNECT host:443" */
	struct http_slice query;  /* of the target, after its "?" */

	/* the fields */
	struct http_slice if_none_match;
	struct http_slice if_modified_since;
	struct http_slice range;
	bool has_host;
	bool has_if_range;
	bool has_content_length;
	bool has_transfer_encoding;
	bool has_body;        /* its length is known, and not 0 */
	bool says_close;      /* Connection: close */
	bool says_keep_alive; /* Connection: keep-alive */

	/* in the end */
	bool ends_here;   /* the next byte is another request's: all was
	                     understood, and no body comes after it */
	bool keeps_alive; /* that, and the client wants to ask for more */
};

/* The next byte is the first of a new request. */
void http_begin(struct http_request *request);

/*
 * Reads on in the head that begins at head[0], of which head_bytes have come by
 * now. It goes on where it stopped: a head that comes byte by byte costs no
 * more than one that comes at once. Between calls it may grow and be moved, not
 * change.
 *
 * Returns 0 if the head is not complete. 200: it is, read_bytes long, and asks
 * for something that can be looked up. Otherwise the status to refuse it with:
 * at once if it is malformed (400), too long (414, 431) or of another major
 * version (505), at its end if it is well-formed but not for us (405, 413,
 * 501). After that, http_begin() comes first.
 */
int http_parse(struct http_request *request, const char *head,
               size_t head_bytes);

/*
 * Percent-decodes a target's path, once, into a path that can be opened below
 * the root: a string without a leading or trailing slash and without empty
 * components; "" is the root. is_folder: it ended with a slash, or is the root.
 *
 * Returns 0, or the status to refuse it with: 400 for broken encoding and for
 * %00, 404 if a component begins with a dot, or if path_size is too small: no
 * file can be called that. What is in `path` then is undefined.
 */
int http_decode_path(const char *encoded, size_t encoded_bytes, char *path,
                     size_t path_size, bool *is_folder);

/* Writes the time as RFC 9110, 5.6.7 wants it. One outside the years 1970 to
   9999 is written as the nearest inside. */
void http_format_date(char text[HTTP_DATE_BYTES], time_t when);

/* Reads a date in any of the three forms of RFC 9110, 5.6.7. Returns false, and
   leaves *when alone, if it is none. */
bool http_parse_date(const char *text, size_t bytes, time_t *when);

enum http_range {
	HTTP_RANGE_WHOLE, /* none, or not one that we serve: send everything */
	HTTP_RANGE_PART,  /* send this part */
	HTTP_RANGE_NOWHERE, /* it begins after the end: 416 */
};

/*
 * Reads the value of a Range field for a file of size_bytes: RFC 9110, 14.1.2.
 * With HTTP_RANGE_PART, sets *offset and *part_bytes, at least 1. Not handled:
 * several ranges at once; they get the whole file, as anybody may answer.
 */
enum http_range http_parse_range(const char *text, size_t bytes,
                                 int64_t size_bytes, int64_t *offset,
                                 int64_t *part_bytes);

/* Does an If-None-Match field name this entity tag (with its quotes), or "*"?
   Compares weakly, that is without W/: RFC 9110, 13.1.2. */
bool http_etag_matches(const char *list, size_t bytes, const char *etag);

/* Reads the decimal digits that the text begins with, and returns how many they
   are. A number too large is INT64_MAX, and none is 0. */
size_t http_read_number(const char *text, size_t bytes, int64_t *number);

/* Text that is put together in memory of the caller's, without a NUL. */
struct http_text {
	char *bytes;
	size_t size; /* there is room for so many */
	size_t used;
	bool is_full; /* something did not fit; nothing more was added */
};

void http_add(struct http_text *text, const char *bytes, size_t count);

void http_add_list(struct http_text *text, const char *const strings[]);

/* Adds strings, one or several: http_add_strings(text, "Host: ", name). */
#define http_add_strings(text, ...)                                            \
	http_add_list(text, (const char *const[]){__VA_ARGS__, NULL})

void http_add_number(struct http_text *text, int64_t number); /* >= 0 */

/* Adds a decoded path, percent-encoded: what is in it cannot end a field. */
void http_add_path(struct http_text *text, const char *path);

#endif
