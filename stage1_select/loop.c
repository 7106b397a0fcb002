/*
 * loop.c - the reactor on select(2).
 *
 * select() is told all descriptors at each call and looks at each of them: the
 * cost of a turn grows with the number of clients, however few are active. And
 * an fd_set has FD_SETSIZE bits: a descriptor numbered beyond cannot be asked
 * about at all. Stage 2 does without both.
 */
#include "loop.h"

#include "fdset.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/select.h>
#include <time.h>

struct loop {
	struct event_source *sources[FD_SETSIZE]; /* by descriptor; or NULL */
	struct list ready;  /* the links of those whose turn comes */
	sigset_t wait_mask; /* blocked while it sleeps: what was blocked when
	                       the loop was made, before signals_open() */
};

int
loop_fd_limit(void)
{
	return FD_SETSIZE;
}

struct loop *
loop_open(void)
{
	struct loop *loop = calloc(1, sizeof *loop);
	if (loop == NULL)
		return NULL;
	list_init(&loop->ready);
	sigprocmask(SIG_BLOCK, NULL, &loop->wait_mask);
	return loop;
}

void
loop_close(struct loop *loop)
{
	free(loop);
}

int
loop_add(struct loop *loop, struct event_source *source)
{
	/* FD_SET() checks nothing: with a larger number it would write behind
	   the set's end. */
	if (source->fd >= FD_SETSIZE) {
		errno = EMFILE;
		return -1;
	}
	assert(loop->sources[source->fd] == NULL);
	loop->sources[source->fd] = source;
	list_init(&source->link);
	return 0;
}

void
loop_remove(struct loop *loop, struct event_source *source)
{
	assert(loop->sources[source->fd] == source);
	loop->sources[source->fd] = NULL;
	source->ready = 0;
	list_remove(&source->link);
}

void
loop_again(struct loop *loop, struct event_source *source)
{
	if (list_is_empty(&source->link))
		list_add_last(&loop->ready, &source->link);
}

int
loop_wait(struct loop *loop, int timeout_ms)
{
	fd_set readable, writable;

	if (!list_is_empty(&loop->ready))
		timeout_ms = 0;
	struct timespec timeout = {
		.tv_sec = timeout_ms / 1000,
		.tv_nsec = timeout_ms % 1000 * 1000000L,
	};

	/* pselect() lets the watched signals in only while it sleeps, so that
	   none can slip in between looking for one and falling asleep. */
	int fd_count = fdset_build(loop->sources, &readable, &writable);
	int ready_count =
		pselect(fd_count, &readable, &writable, NULL,
	                timeout_ms == -1 ? NULL : &timeout, &loop->wait_mask);
	if (ready_count == -1) /* the sets are as they were: not an answer */
		return errno == EINTR ? 0 : -1;
	if (ready_count > 0)
		fdset_mark(loop->sources, fd_count, &readable, &writable,
		           &loop->ready);
	return ready_count;
}

void
loop_dispatch(struct loop *loop)
{
	struct list turn;

	/* The ready list as it is now becomes this turn's: the ring is taken
	   over by a new head. What comes to the list from here on is for the
	   next turn; loop_remove() works on both. */
	if (list_is_empty(&loop->ready))
		return;
	list_add_last(&loop->ready, &turn);
	list_remove(&loop->ready);

	while (!list_is_empty(&turn)) {
		struct event_source *source =
			LIST_ITEM(turn.next, struct event_source, link);
		list_remove(&source->link);
		source->on_event(source);
	}
}
