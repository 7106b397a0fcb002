/*
 * conn.h - one client, as a state machine; and all clients of one process.
 *
 *            a byte comes          the head is complete
 *     IDLE ---------------> READING --------------> WRITING
 *      ^                       ^                     |   |
 *      |  nothing has come     |  more has come      |   |  the last answer
 *      +-----------------------+---------------------+   +--> LINGERING --> end
 *
 * - A connection never waits: each state does what the kernel lets it do now,
 *   says what event it needs next, and returns to the loop.
 * - Only a connection that is busy with a request holds a buffer. An idle one
 *   costs a struct conn, so memory follows the clients that are active at once.
 * - Of HTTP a connection sees web/web.h: bytes to send, then a part of a file.
 * - While it answers it does not read: a client that sends faster than it
 *   receives is slowed down by TCP itself (back-pressure).
 */
#ifndef CONN_H
#define CONN_H

#include "list.h"
#include "loop.h"
#include "pool.h"
#include "timers.h"
#include "web/web.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	CONN_TURN_REQUESTS = 32,      /* the share of one client in a turn: */
	CONN_TURN_BYTES = 256 * 1024, /* then the others have theirs */
	CONN_NEW_MS = 500, /* at the end, to clients that said nothing yet */
};

enum conn_state {
	CONN_IDLE,      /* between requests; holds no buffer */
	CONN_READING,   /* waits for the rest of a request head */
	CONN_WRITING,   /* has an answer to send */
	CONN_LINGERING, /* has said its last; reads what still comes away */
};

/* What a step of the state machine says. */
enum conn_step {
	CONN_WAIT,   /* it can only go on after an event */
	CONN_GO_ON,  /* the state may have changed: take the next step */
	CONN_CLOSED, /* it is at its end: close it */
};

/* What a busy connection needs memory for. */
struct buffer {
	/* reading: in[in_begin .. in_end) has come and is not yet used */
	struct web_request request; /* how far the head is understood */
	size_t in_begin;
	size_t in_end;
	char in[WEB_HEAD_MAX];

	/* writing: out[out_begin .. out_end) is still to be sent */
	size_t out_begin;
	size_t out_end;
	char out[WEB_OUT_MAX];
};

struct conn {
	struct event_source source;
	struct conns *conns; /* all of them */
	struct list link;    /* in conns->open */
	struct timer timer;  /* of the state it is in */
	enum conn_state state;
	struct buffer *buffer;    /* from conns->buffers; NULL while idle */
	struct web_answer answer; /* while writing; the file is ours until
	                             web_release() */
	int queued_bytes;         /* not taken yet when it began to wait */
	size_t turn_bytes;        /* sent of files in this turn */
	unsigned turn_requests;   /* answered in this turn */
};

/* All connections of this process. */
struct conns {
	struct loop *loop;
	struct web *web;
	struct pool *pool;    /* of struct conn */
	struct pool *buffers; /* of struct buffer, as many */
	struct list open;
	bool is_draining; /* every answer is the client's last */

	struct timer_queue head_timeouts;  /* for a whole request head */
	struct timer_queue idle_timeouts;  /* between requests */
	struct timer_queue write_timeouts; /* without progress */
	struct timer_queue linger_timeouts;
	struct timer_queue new_timeouts; /* at the end, for a first request */

	void *owner;                  /* handed to: */
	void (*on_room)(void *owner); /* one has ended, or has become idle */
};

/*
 * Makes room for `count` connections. The caller has set loop, web, owner and
 * on_room. timeouts_ms: head, idle, write, linger. Returns 0, or -1 with
 * errno ENOMEM.
 */
int conn_init(struct conns *conns, size_t count, struct timers *timers,
              const int64_t timeouts_ms[4]);

/* Closes every connection as it is and frees the pools. */
void conn_free(struct conns *conns);

/*
 * Is there room for one more? There is also if a connection is idle between
 * requests: its client must expect at any time that it is closed (RFC 9112,
 * 9.5).
 */
bool conn_has_room(struct conns *conns);

/*
 * Takes over an accepted, non-blocking descriptor and watches it. When all
 * places are taken, the one that has been idle for longest is closed for it:
 * now, not when conn_has_room() was asked, since it may be that nobody waits.
 * Returns 0; or -1 with errno if it cannot be, and the descriptor is still the
 * caller's.
 */
int conn_open(struct conns *conns, int fd);

/* Each answer from now on is its connection's last. Idle connections are read
   once more, and closed when nothing comes for silent_ms; 0: at once, but for
   those that are new, which have CONN_NEW_MS. */
void conn_drain(struct conns *conns, int64_t silent_ms);

/* The source's handler: takes steps until the connection must wait. */
void conn_on_event(struct event_source *source);

/*
 * READING: one recv() of what has come, appended to the buffer's input. The
 * caller sees to it that there is room. CONN_GO_ON: there are new bytes.
 * CONN_WAIT: EAGAIN. CONN_CLOSED: the client has sent all it will, or is gone.
 */
enum conn_step conn_read(struct conn *conn);

/*
 * WRITING: sends of buffer->out what the kernel takes. CONN_GO_ON: all of it is
 * sent. CONN_WAIT: EAGAIN; the rest is for later. CONN_CLOSED: the client is
 * gone.
 */
enum conn_step conn_write_out(struct conn *conn);

/*
 * WRITING: sends of the answer's file what the kernel takes, but no more than
 * CONN_TURN_BYTES a turn. CONN_GO_ON: all is sent. CONN_WAIT: EAGAIN, or the
 * turn is over and loop_again() has been called. CONN_CLOSED: the client is
 * gone, or the file has become shorter than we promised.
 */
enum conn_step conn_write_file(struct conn *conn);

/*
 * After an answer: what comes next? Sets the state to LINGERING, READING or
 * IDLE. CONN_GO_ON; CONN_WAIT: it has had its share of this turn, loop_again()
 * has been called. CONN_CLOSED: nothing comes next.
 */
enum conn_step conn_next(struct conn *conn);

#endif
