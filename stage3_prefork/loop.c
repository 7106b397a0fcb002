/*
 * loop.c - the reactor on epoll(7), edge-triggered.
 *
 * The kernel is told once of each source and keeps the list itself; a wait
 * returns those on which something has happened, and costs as much as there are
 * of them, however many others are idle.
 *
 * Edge-triggered, an event is told once, when it happens. What a source does
 * not use up at once must be remembered: that is what `ready` is for. In return
 * a source is registered once, for everything, and `wants` is our own affair:
 * no system call when a connection goes from reading to writing and back.
 */
#include "loop.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { BATCH_EVENTS = 256 }; /* taken from the kernel in one call */

struct loop {
	int epoll_fd;
	struct list ready; /* the links of those whose turn comes */
	struct epoll_event events[BATCH_EVENTS];
};

int
loop_fd_limit(void)
{
	return INT_MAX;
}

struct loop *
loop_open(void)
{
	struct loop *loop = calloc(1, sizeof *loop);
	if (loop == NULL)
		return NULL;
	list_init(&loop->ready);
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd == -1) {
		free(loop);
		return NULL;
	}
	return loop;
}

void
loop_close(struct loop *loop)
{
	if (loop == NULL)
		return;
	close(loop->epoll_fd);
	free(loop);
}

/*
 * Exercise 2.1 - Register a source.
 *
 * Prepares the link (list_init()) and registers source->fd once and for all
 * with EPOLL_CTL_ADD: epoll_ctl(2). Edge-triggered (EPOLLET), for all that a
 * source may ever want: EPOLLIN, EPOLLOUT, and EPOLLRDHUP, which tells that the
 * peer is done sending. The event's data is the pointer to the source: it comes
 * back with each event.
 *
 * If the source wants EVENT_EXCLUSIVE: EPOLLIN, EPOLLET and EPOLLEXCLUSIVE, and
 * nothing else; the kernel allows no EPOLLRDHUP with it.
 *
 * What is ready already is reported by the next wait. Returns 0, or -1 with
 * errno.
 */
int
loop_add(struct loop *loop, struct event_source *source)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
		.data.ptr = source,
	};

	if (source->wants & EVENT_EXCLUSIVE)
		event.events = EPOLLIN | EPOLLET | EPOLLEXCLUSIVE;
	list_init(&source->link);
	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, source->fd, &event);
}

/*
 * Exercise 2.3 - Remove a source at any time.
 *
 * EPOLL_CTL_DEL, while the descriptor is still open; forgets what is ready; and
 * leaves the ready list, or a handler would be called for a source that may
 * have been freed since. loop_wait() has copied all events of its batch into
 * the sources before the first handler runs, so no event is left over.
 */
void
loop_remove(struct loop *loop, struct event_source *source)
{
	/* Linux before 2.6.9 wanted an event here; it is not looked at. */
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
	source->ready = 0;
	list_remove(&source->link);
}

void
loop_again(struct loop *loop, struct event_source *source)
{
	if (list_is_empty(&source->link))
		list_add_last(&loop->ready, &source->link);
}

/* What the kernel's event means to us. An error is learned, and taken off the
   socket, by the read or the write that it makes fail: so it is announced as
   both. */
static int
happened(uint32_t events)
{
	int ready = 0;

	if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		ready |= EVENT_READ;
	if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
		ready |= EVENT_WRITE;
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		ready |= EVENT_HANGUP;
	return ready;
}

/*
 * Exercise 2.2 - Wait.
 *
 * epoll_wait(2) into loop->events, BATCH_EVENTS at most: more than those come
 * with the next call. It does not block (timeout 0) while the ready list is not
 * empty. Interrupted by a signal, or stopped and continued, it fails with
 * EINTR, whatever SA_RESTART says: that is no event and no error; return 0. Any
 * other error: -1.
 *
 * For each event: ORs happened() into the `ready` of the source that the
 * event's data points to. If the source now is ready for something that it
 * wants, puts it at the end of the ready list, unless it is in there:
 * loop_again() does just that. If it is not, the readiness is remembered for
 * when it is wanted.
 *
 * Returns the number of events.
 */
int
loop_wait(struct loop *loop, int timeout_ms)
{
	if (!list_is_empty(&loop->ready))
		timeout_ms = 0;
	int event_count = epoll_wait(loop->epoll_fd, loop->events, BATCH_EVENTS,
	                             timeout_ms);
	if (event_count == -1)
		return errno == EINTR ? 0 : -1;
	for (int i = 0; i < event_count; i++) {
		struct event_source *source = loop->events[i].data.ptr;
		source->ready |= happened(loop->events[i].events);
		if (source->ready & source->wants)
			loop_again(loop, source);
	}
	return event_count;
}

/*
 * Exercise 2.4 - Whose turn is it?
 *
 * This is the scheduler: the kernel says who could run, and here it is decided
 * who does. Calls the handler of each source in the ready list, first come,
 * first served, and takes it out of the list before, so that it can come again.
 *
 * Only those that are in the list now: who calls loop_again() meanwhile has had
 * its share, and comes after the next wait; otherwise one busy client could
 * keep the loop here for ever, and nobody would look for new events. And any
 * source may be removed by any handler: so look at the list anew after each.
 */
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
