/*
 * loop.h - the reactor: an event happens, its handler runs.
 *
 * A source is a descriptor and the function to call when something can be done
 * with it. loop_wait() asks the kernel which sources are ready and remembers
 * it; loop_dispatch() calls their handlers, one after the other. The loop knows
 * nothing of clients or of HTTP.
 *
 * - `ready` is what the kernel said and nobody has used up yet. A handler uses
 *   it up: it clears EVENT_READ when a read says EAGAIN, or when it got less
 *   than it asked for and EVENT_HANGUP is not set (data and the end of the
 *   stream can be announced together); EVENT_WRITE when a write says EAGAIN.
 *   Written like this, a handler is right whether the kernel repeats itself
 *   (level-triggered: select) or not (edge-triggered: epoll from stage 2 on).
 * - A handler never blocks and never does all the work of a greedy client:
 *   after its share it calls loop_again() and returns.
 * - A source leaves the loop, by loop_remove(), before its descriptor is
 *   closed: another process may hold the same open file, and then close() alone
 *   would not end the kernel's interest in it (epoll(7), "Will closing a file
 *   descriptor cause it to be removed from all epoll interest lists?").
 * - A loop belongs to one process and one thread.
 */
#ifndef LOOP_H
#define LOOP_H

#include "list.h"

enum {
	EVENT_READ = 1,      /* a read will not block: data, or the end */
	EVENT_WRITE = 2,     /* a write will not block */
	EVENT_HANGUP = 4,    /* in `ready`: the peer is done sending, or gone */
	EVENT_EXCLUSIVE = 8, /* in `wants`: other processes wait for the same;
	                        wake one of us (stage 3) */
};

struct event_source {
	int fd;
	int wants; /* what it waits for: its owner may change it */
	int ready; /* what is known to be ready and not yet used up */
	void (*on_event)(struct event_source *source);
	struct list link; /* in the loop's ready list, or alone */
};

struct loop;

/* Descriptors with this number and above cannot be watched. */
int loop_fd_limit(void);

/* Makes an empty loop. Returns NULL with errno if that fails. */
struct loop *loop_open(void);

/* Frees the loop. Its sources are neither called nor closed. NULL is fine. */
void loop_close(struct loop *loop);

/*
 * Begins to watch source->fd for source->wants. The caller has set all fields
 * but the link, and may change `wants` at any time. Something that is ready
 * already will be reported. Returns 0, or -1 with errno: EMFILE when the number
 * is loop_fd_limit() or above, or what the kernel says. A source stays where it
 * is in memory until loop_remove().
 */
int loop_add(struct loop *loop, struct event_source *source);

/*
 * Ends it, also in the middle of a batch and from any handler: a removed source
 * is not called any more. The descriptor is still open. What is in `ready` is
 * forgotten.
 */
void loop_remove(struct loop *loop, struct event_source *source);

/*
 * Calls the source's handler once more in the next turn, though nothing new has
 * happened: it has had its share of this one, or there are bytes in our own
 * memory that no kernel event will announce. loop_wait() will not block.
 */
void loop_again(struct loop *loop, struct event_source *source);

/*
 * Sleeps until a source is ready, a signal comes, or timeout_ms have passed
 * (-1: for ever); not at all if a source waits for its turn. ORs what happened
 * into `ready` and puts those sources that want it into the ready list. Returns
 * how many the kernel reported; 0 also when a signal woke it (EINTR is not an
 * error); -1 with errno for what can only be a bug.
 */
int loop_wait(struct loop *loop, int timeout_ms);

/*
 * Runs the handler of each source that is in the ready list now, in the order
 * in which they got ready. Those that ask for loop_again() come next turn.
 */
void loop_dispatch(struct loop *loop);

#endif
