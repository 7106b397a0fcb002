/*
 * web.h - all that the event-driven part needs to know of HTTP.
 *
 * Bytes come in, and for each request head an answer goes out: some bytes to
 * send, then a part of a file. Which bytes and which file is this folder's
 * business: http.c reads and writes heads, site.c finds files, web.c puts the
 * two together. No exercise requires opening them.
 */
#ifndef WEB_H
#define WEB_H

#include "http.h"
#include "options.h"
#include "site.h"
#include "stats.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
	WEB_HEAD_MAX = HTTP_HEAD_MAX, /* bytes of a request head */
	WEB_OUT_MAX = 8192,           /* of what is sent before the file */
};

/* How far a request head has been understood. Begin with web_begin(). */
struct web_request {
	struct http_request http;
};

struct web_answer {
	size_t out_bytes; /* send these first: the head, and a short body */
	struct site_file *file; /* then this; NULL: that was all */
	int file_fd;
	off_t file_offset;
	off_t file_left_bytes;
	bool closes;         /* it is the last one of this connection */
	bool client_is_done; /* by the client's own wish: it sends no more */
};

struct web {
	struct site *site;
	struct stats *stats;  /* counts requests */
	bool has_experiments; /* the reserved paths of -x are answered */
	bool is_verbose;

	void *owner;                              /* handed to: */
	void (*print_stats)(void *owner, int fd); /* the JSON of /.stats */

	/* web.c's; all 0 in the beginning */
	time_t date_second;         /* `date` is this time */
	char date[HTTP_DATE_BYTES]; /* formatted once a second */
};

/* The next byte is the first of a new request. */
void web_begin(struct web_request *request);

/*
 * Reads on in a request head that begins at in[0], of which in_bytes have come
 * by now, fewer than or as many as WEB_HEAD_MAX. `request` remembers how far it
 * was read: between calls the head may grow and be moved, not change.
 *
 * Returns 0 if the head is not complete. Otherwise writes the answer's first
 * bytes to out (WEB_OUT_MAX bytes), fills in `answer`, calls web_begin(), and
 * returns how many bytes of the input belonged to this request; a head of
 * WEB_HEAD_MAX bytes is always answered. must_close: let this be the last.
 * The caller owes the answer a web_release().
 */
size_t web_answer(struct web *web, struct web_request *request, const char *in,
                  size_t in_bytes, bool must_close, char *out,
                  struct web_answer *answer);

/* The answer to a client that did not finish its request head in time: 408. */
void web_answer_timeout(struct web *web, char *out, struct web_answer *answer);

/* The answer is sent, or never will be. May be called twice. */
void web_release(struct web *web, struct web_answer *answer);

#endif
