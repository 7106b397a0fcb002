/*
 * listener.h - the listening socket, and accepting who waits at it.
 *
 * The kernel finishes TCP's handshake by itself and keeps the connection in
 * the listening socket's queue until accept() takes it: a client is connected
 * before the server knows of it, and waits there when the server is full.
 *
 * - Whoever owns the listener says whether there is room for one more client,
 *   and takes each accepted descriptor over.
 * - With no room, or no descriptor left, the listener is paused: it leaves the
 *   loop, since an event that nobody can use would only come again and again.
 *   It is resumed when its owner has room again, and looks by itself every
 *   100 ms: a descriptor may be freed where nobody tells us.
 * - If other processes accept from the same socket (is_shared), a new client
 *   wakes one of them. So the owner of one pauses it as soon as it has no room:
 *   whoever is woken must be able to accept.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include "loop.h"
#include "timers.h"

#include <stdbool.h>
#include <sys/socket.h>

enum { LISTENER_RETRY_MS = 100 };

/* What to do after accept() has failed. */
enum listener_next {
	LISTENER_GO_ON, /* that one is lost: accept the next */
	LISTENER_DONE,  /* nobody waits: until the next event */
	LISTENER_PAUSE, /* it will not get better by trying: wait */
};

struct listener {
	struct event_source source;
	struct loop *loop;
	struct timer_queue retries;
	struct timer retry; /* runs while the listener is paused */
	bool is_paused;
	bool is_shared; /* other processes accept from it too (stage 3) */

	void *owner;                            /* handed to both functions: */
	bool (*has_room)(void *owner);          /* may one more be accepted? */
	void (*on_accept)(void *owner, int fd); /* takes the descriptor over */
};

/*
 * Opens a listening TCP socket on the address: non-blocking, close-on-exec,
 * with SO_REUSEADDR (a restart need not wait for the connections of the server
 * before to leave TIME_WAIT) and TCP_NODELAY (accepted sockets inherit it), and
 * for IPv6 with IPV6_V6ONLY; its queue as long as the kernel allows
 * (SOMAXCONN). Returns the descriptor, or -1 with errno and nothing left open.
 * socket(2), setsockopt(2), bind(2), listen(2), tcp(7).
 */
int listener_open(const struct sockaddr *address, socklen_t address_bytes);

/*
 * Starts to accept from listen_fd (of listener_open()) in this loop. The caller
 * has set is_shared, owner, has_room and on_accept. The descriptor stays the
 * caller's. Returns 0, or -1 with errno.
 */
int listener_start(struct listener *listener, int listen_fd, struct loop *loop,
                   struct timers *timers);

/*
 * The listener's handler: accepts every client that waits, until accept4() says
 * that there is none (or there is no room) and hands each over, non-blocking
 * and close-on-exec.
 */
void listener_accept(struct event_source *source);

/* What to do after accept() has set errno to `error`: accept(2), ERRORS. */
enum listener_next listener_after_error(int error);

/* Stops watching until listener_resume(); every 100 ms it looks by itself. */
void listener_pause(struct listener *listener);

/* There is room again. Does nothing unless it is paused. */
void listener_resume(struct listener *listener);

/* Accepts those who are connected already, then leaves the loop for good. The
   descriptor is still open: the caller closes it. */
void listener_stop(struct listener *listener);

#endif
