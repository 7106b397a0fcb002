/*
 * listener.c - the listening socket, and accepting who waits at it.
 */
#define _GNU_SOURCE /* accept4() */
#include "listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

static int
set_option(int fd, int level, int name)
{
	const int on = 1;

	return setsockopt(fd, level, name, &on, sizeof on);
}

/*
 * Exercise 1.3 - Open the listener.
 *
 * socket(2) of the address's family, SOCK_STREAM, SOCK_NONBLOCK: between the
 * news that a client waits and accept() that client may vanish, and a blocking
 * accept() would then stop the whole server; SOCK_CLOEXEC. Before bind(2) three
 * options (set_option() above): SO_REUSEADDR, or a restart fails with
 * EADDRINUSE for a minute; TCP_NODELAY, which accepted sockets inherit, so that
 * the end of an answer does not wait for an acknowledgement; for AF_INET6
 * IPV6_V6ONLY, so that [::] is not 0.0.0.0 too. Then bind and listen(2) with
 * SOMAXCONN.
 *
 * Returns the descriptor. If any step fails: closes it, and returns -1 with
 * that step's errno (close() may change errno).
 */
int
listener_open(const struct sockaddr *address, socklen_t address_bytes)
{
	int fd = socket(address->sa_family,
	                SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	if (set_option(fd, SOL_SOCKET, SO_REUSEADDR) == -1 ||
	    set_option(fd, IPPROTO_TCP, TCP_NODELAY) == -1)
		goto failed;
	if (address->sa_family == AF_INET6 &&
	    set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY) == -1)
		goto failed;
	if (bind(fd, address, address_bytes) == -1)
		goto failed;
	if (listen(fd, SOMAXCONN) == -1)
		goto failed;
	return fd;

failed:;
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}

static void
on_retry(struct timer *timer)
{
	listener_resume(LIST_ITEM(timer, struct listener, retry));
}

int
listener_start(struct listener *listener, int listen_fd, struct loop *loop,
               struct timers *timers)
{
	listener->source = (struct event_source){
		.fd = listen_fd,
		.wants = EVENT_READ,
		.on_event = listener_accept,
	};
	if (listener->is_shared)
		listener->source.wants |= EVENT_EXCLUSIVE;
	listener->loop = loop;
	listener->is_paused = false;
	timers_add_queue(timers, &listener->retries, LISTENER_RETRY_MS);
	timers_prepare(&listener->retry, on_retry);
	return loop_add(loop, &listener->source);
}

/*
 * Exercise 1.6 - Accept every client that waits.
 *
 * One event can stand for many clients. As long as has_room() says so:
 * accept4() with SOCK_NONBLOCK and SOCK_CLOEXEC (an accepted socket inherits
 * neither) and hand the descriptor over with on_accept(). When there is no
 * room, pause the listener and return: the others wait in the kernel's queue.
 *
 * When accept4() fails, listener_after_error() knows what to do: go on with the
 * next one; or be done: clear EVENT_READ, it is used up, and return; or pause
 * the listener and return.
 */
void
listener_accept(struct event_source *source)
{
	struct listener *listener = LIST_ITEM(source, struct listener, source);

	while (listener->has_room(listener->owner)) {
		int fd = accept4(source->fd, NULL, NULL,
		                 SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd != -1) {
			listener->on_accept(listener->owner, fd);
			continue;
		}
		switch (listener_after_error(errno)) {
		case LISTENER_GO_ON:
			continue;
		case LISTENER_DONE:
			source->ready &= ~EVENT_READ;
			return;
		case LISTENER_PAUSE:
			listener_pause(listener);
			return;
		}
	}
	listener_pause(listener);
}

/*
 * Exercise 1.13 - accept()'s bad days.
 *
 * EAGAIN (EWOULDBLOCK is the same number): nobody waits, LISTENER_DONE.
 *
 * EINTR, or an error of the one connection that accept() took off the queue:
 * ECONNABORTED, EPERM (a firewall's doing), and those network errors that
 * accept(2) passes on: EPROTO, ENETDOWN, ENETUNREACH, ENOPROTOOPT, EHOSTDOWN,
 * ENONET, EHOSTUNREACH, EOPNOTSUPP, ETIMEDOUT: LISTENER_GO_ON.
 *
 * EMFILE, ENFILE, ENOBUFS, ENOMEM: the process or the machine is out of
 * something. The client stays in the queue, and so the listener stays readable:
 * whoever goes on trying does so with all of a CPU. LISTENER_PAUSE. Any other
 * error: the same, since a server must neither spin nor exit.
 *
 * Until written: return LISTENER_DONE;
 */
enum listener_next
listener_after_error(int error)
{
	switch (error) {
	case EAGAIN:
		return LISTENER_DONE;
	case EINTR:
	case ECONNABORTED:
	case EPERM:
	case EPROTO:
	case ENETDOWN:
	case ENETUNREACH:
	case ENOPROTOOPT:
	case EHOSTDOWN:
	case ENONET:
	case EHOSTUNREACH:
	case EOPNOTSUPP:
	case ETIMEDOUT:
		return LISTENER_GO_ON;
	default: /* EMFILE, ENFILE, ENOBUFS, ENOMEM */
		return LISTENER_PAUSE;
	}
}

void
listener_pause(struct listener *listener)
{
	if (listener->is_paused)
		return;
	listener->is_paused = true;
	loop_remove(listener->loop, &listener->source);
	timers_start(&listener->retries, &listener->retry, timers_now_ms());
}

void
listener_resume(struct listener *listener)
{
	if (!listener->is_paused)
		return;
	timers_stop(&listener->retry);
	if (loop_add(listener->loop, &listener->source) == -1) {
		/* For want of kernel memory: look again later. */
		timers_start(&listener->retries, &listener->retry,
		             timers_now_ms());
		return;
	}
	listener->is_paused = false;
}

void
listener_stop(struct listener *listener)
{
	listener_resume(listener);
	if (!listener->is_paused)
		listener_accept(&listener->source);
	if (!listener->is_paused)
		loop_remove(listener->loop, &listener->source);
	timers_stop(&listener->retry);
}
