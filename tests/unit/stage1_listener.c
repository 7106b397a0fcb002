/*
 * stage1_listener.c - exercises 1.3, 1.6 and 1.13: the listening socket, and
 * accepting who waits at it.
 */
#define _GNU_SOURCE /* SOCK_NONBLOCK and its like */
#include "harness/deny.h"
#include "harness/graded.h"
#include "listener.h"
#include "sockets.h"
#include "watchdog.h"

#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>

/* ---- 1.3: listener_open() ---- */

static int
open_listener(const void *address, size_t address_bytes)
{
	watchdog("listener_open() was called and did not return. None of "
	         "socket(), bind() and listen() waits for anybody.");
	int fd = listener_open(address, (socklen_t)address_bytes);
	watchdog(NULL);
	return fd;
}

/* The same on an IPv4 address, where it must work. Sets the address to where it
   listens. */
static int
open_ipv4(struct sockaddr_in *address)
{
	struct sockaddr_in asked = *address;
	socklen_t address_bytes = sizeof *address;
	int fd = open_listener(address, sizeof *address);

	if (fd == -1)
		fail_test("listener_open() was asked for a free port of "
		          "127.0.0.1. It returned -1 with errno %s. It should "
		          "have returned a listening socket.",
		          strerror(errno));
	if (getsockname(fd, (struct sockaddr *)address, &address_bytes) == -1)
		fail_test("listener_open() returned %d. That is not a socket: "
		          "getsockname() says %s.",
		          fd, strerror(errno));
	if (address->sin_family != AF_INET ||
	    address->sin_addr.s_addr != asked.sin_addr.s_addr ||
	    address->sin_port == 0)
		fail_test("listener_open() was given an address of 127.0.0.0/8 "
		          "and port %u, and returned descriptor %d. "
		          "getsockname() says that it is bound to another "
		          "address, or to none. bind() it to the one given.",
		          ntohs(asked.sin_port), fd);
	return fd;
}

static int
get_option(int fd, int level, int name)
{
	int value = -1;
	socklen_t value_bytes = sizeof value;

	SOCKETS_CHECK(getsockopt(fd, level, name, &value, &value_bytes));
	return value;
}

/* Connects a client and accepts it; returns the server's side. */
static int
accept_client(int listen_fd, const struct sockaddr_in *address, int *client)
{
	*client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	SOCKETS_CHECK(*client);
	if (connect(*client, (const struct sockaddr *)address,
	            sizeof *address) == -1)
		fail_test("listener_open() had returned a descriptor bound to "
		          "port %u. A client's connect() to that port said: "
		          "%s. It should have been connected: after listen() "
		          "the kernel takes connections by itself.",
		          ntohs(address->sin_port), strerror(errno));
	if (!sockets_wait(listen_fd, POLLIN))
		fail_test("A client has connected to the socket of "
		          "listener_open(), which does not become readable.");
	int fd = accept(listen_fd, NULL, NULL);
	SOCKETS_CHECK(fd);
	return fd;
}

UNIT(1_03, listener_open_takes_connections, 2,
     "The socket is bound to the address given and listens: a client can "
     "connect to it.")
{
	struct sockaddr_in address = sockets_loopback(0);
	int client;
	int fd = open_ipv4(&address);

	if (get_option(fd, SOL_SOCKET, SO_ACCEPTCONN) != 1)
		fail_test("listener_open() returned descriptor %d. It is a "
		          "socket, but it does not listen (SO_ACCEPTCONN is "
		          "0). It should be made to by listen().",
		          fd);
	int server_side = accept_client(fd, &address, &client);
	char byte = 'x';
	SOCKETS_CHECK(send(client, &byte, 1, 0));
	if (!sockets_wait(server_side, POLLIN))
		fail_test("A byte sent to the listener's client did not come "
		          "through.");
}

UNIT(1_03, listener_open_is_nonblocking_and_cloexec, 1,
     "The socket is non-blocking, and closed when the process runs another "
     "program.")
{
	struct sockaddr_in address = sockets_loopback(0);
	close(STDIN_FILENO); /* 0 is a descriptor like any other */
	int fd = open_ipv4(&address);

	if (!(fcntl(fd, F_GETFL) & O_NONBLOCK))
		fail_test("The socket of listener_open() has no O_NONBLOCK. "
		          "A client can vanish between the news that it waits "
		          "and accept(); a blocking accept() then stops the "
		          "whole server.");
	if (!(fcntl(fd, F_GETFD) & FD_CLOEXEC))
		fail_test("The socket of listener_open() has no FD_CLOEXEC: a "
		          "program that this process starts would inherit the "
		          "listening socket and keep its port busy. "
		          "SOCK_CLOEXEC sets it at once.");
}

UNIT(1_03, listener_open_again_after_a_restart, 1,
     "A server that was stopped can be started again on its port at once.")
{
	/* Not 127.0.0.1, where other tests' connections use up ports. */
	struct sockaddr_in address = sockets_loopback(0);
	address.sin_addr.s_addr = htonl(0x7f004d01); /* 127.0.77.1 */
	int client;
	char byte;

	int fd = open_ipv4(&address);
	int server_side = accept_client(fd, &address, &client);
	close(server_side); /* who closes first has the TIME_WAIT */
	SOCKETS_CHECK(recv(client, &byte, 1, 0));
	close(client);
	close(fd);

	fd = open_listener(&address, sizeof address);
	if (fd == -1)
		fail_test("A server listened with listener_open(), ended a "
		          "connection by itself, and closed the listener. A "
		          "second listener_open() on the same port then said: "
		          "%s. It should have worked: with SO_REUSEADDR, set "
		          "before bind() by both, connections that are still "
		          "in TIME_WAIT do not stand in the way.",
		          strerror(errno));
}

/* What the kernel lets be the longest queue of a listener. */
static int
longest_queue(void)
{
	FILE *file = fopen("/proc/sys/net/core/somaxconn", "re");
	int limit = SOMAXCONN;

	if (file == NULL || fscanf(file, "%d", &limit) != 1)
		return SOMAXCONN;
	fclose(file);
	return limit < SOMAXCONN ? limit : SOMAXCONN;
}

/* On a listening socket TCP_INFO says how long the queue may get. 0 where the
   kernel does not tell. */
static int
queue_length(int listen_fd)
{
	struct tcp_info info = {0};
	socklen_t info_bytes = sizeof info;

	if (getsockopt(listen_fd, IPPROTO_TCP, TCP_INFO, &info, &info_bytes) ==
	    -1)
		return 0;
	return (int)info.tcpi_sacked;
}

/* [::], if this machine has IPv6. (On [::1] the kernel sets IPV6_V6ONLY by
   itself.) */
static bool
has_ipv6(struct sockaddr_in6 *address)
{
	*address = (struct sockaddr_in6){
		.sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_ANY_INIT,
	};
	int fd = socket(AF_INET6, SOCK_STREAM, 0);
	bool is_there = fd != -1 && bind(fd, (struct sockaddr *)address,
	                                 sizeof *address) == 0;
	if (fd != -1)
		close(fd);
	return is_there;
}

UNIT(1_03, listener_open_sets_its_options, 1,
     "Accepted sockets have TCP_NODELAY; the queue is as long as the kernel "
     "allows; an IPv6 listener has IPV6_V6ONLY.")
{
	struct sockaddr_in address = sockets_loopback(0);
	struct sockaddr_in6 address6;
	int client;
	int fd = open_ipv4(&address);
	int server_side = accept_client(fd, &address, &client);

	if (get_option(server_side, IPPROTO_TCP, TCP_NODELAY) == 0)
		fail_test("A client was accepted from the socket of "
		          "listener_open(). The accepted socket has no "
		          "TCP_NODELAY. It should have inherited it from the "
		          "listener: otherwise the end of an answer waits "
		          "until its beginning is acknowledged.");
	int length = queue_length(fd);
	if (length > 0 && length < longest_queue())
		fail_test("At most %d clients can wait to be accepted at the "
		          "socket of listener_open(). The kernel would allow "
		          "%d: use SOMAXCONN. Those who find the queue full "
		          "try again a second later.",
		          length, longest_queue());
	if (!has_ipv6(&address6))
		return;
	fd = open_listener(&address6, sizeof address6);
	if (fd == -1)
		fail_test("listener_open() was asked for a free port of [::]. "
		          "It returned -1 with errno %s. The socket should be "
		          "of the address's family, and bind() be told the "
		          "address's length, address_bytes.",
		          strerror(errno));
	if (get_option(fd, IPPROTO_IPV6, IPV6_V6ONLY) == 0)
		fail_test("listener_open() on [::] made a socket without "
		          "IPV6_V6ONLY: it takes IPv4 clients as well, and the "
		          "port from 0.0.0.0.");
	if (get_option(fd, SOL_SOCKET, SO_REUSEADDR) == 0 ||
	    get_option(fd, IPPROTO_TCP, TCP_NODELAY) == 0)
		fail_test("listener_open() on [::] made a socket with "
		          "IPV6_V6ONLY, but without %s. An IPv6 listener needs "
		          "the options of IPv4, too.",
		          get_option(fd, SOL_SOCKET, SO_REUSEADDR) == 0
		                  ? "SO_REUSEADDR"
		                  : "TCP_NODELAY");
}

/* The lowest descriptor that is free. */
static int
lowest_free_fd(void)
{
	int fd = dup(STDIN_FILENO);

	if (fd == -1)
		fd = open("/dev/null", O_RDONLY);
	SOCKETS_CHECK(fd);
	close(fd);
	return fd;
}

/* error: what errno should be; 0: whatever it is. */
static void
expect_no_listener(const void *address, size_t address_bytes, int error,
                   const char *story)
{
	int free_fd = lowest_free_fd();

	errno = 0;
	int fd = open_listener(address, address_bytes);
	int error_now = errno;
	if (fd != -1)
		fail_test("%s listener_open() returned %d. It should have "
		          "returned -1: look at what each call returns.",
		          story, fd);
	if (error != 0 && error_now != error)
		fail_test("%s listener_open() returned -1, and errno is %s. "
		          "errno should be that of the step that failed: %s.",
		          story, strerror(error_now), strerror(error));
	if (lowest_free_fd() != free_fd)
		fail_test("%s listener_open() returned -1 and left its socket "
		          "open. Nobody knows that descriptor, so nobody else "
		          "can close it.",
		          story);
}

UNIT(1_03, listener_open_fails_cleanly, 1,
     "If it cannot be: -1, errno of the step that failed, and nothing left "
     "open.")
{
	struct sockaddr_in address = sockets_loopback(0);
	socklen_t address_bytes = sizeof address;
	int busy_fd = socket(AF_INET, SOCK_STREAM, 0);

	SOCKETS_CHECK(
		bind(busy_fd, (struct sockaddr *)&address, address_bytes));
	SOCKETS_CHECK(listen(busy_fd, 1));
	SOCKETS_CHECK(getsockname(busy_fd, (struct sockaddr *)&address,
	                          &address_bytes));
	expect_no_listener(&address, sizeof address, EADDRINUSE,
	                   "Another socket listens on the port.");

	struct sockaddr nonsense = {.sa_family = AF_MAX + 1};
	expect_no_listener(&nonsense, sizeof nonsense, EAFNOSUPPORT,
	                   "The address is of a family that does not exist.");

	/* 192.0.2.1 is for documentation (RFC 5737): no machine has it. */
	address = sockets_loopback(0);
	address.sin_addr.s_addr = htonl(0xc0000201);
	int probe_fd = socket(AF_INET, SOCK_STREAM, 0);
	bool is_refused = bind(probe_fd, (struct sockaddr *)&address,
	                       sizeof address) == -1;
	close(probe_fd);
	if (is_refused)
		expect_no_listener(&address, sizeof address, EADDRNOTAVAIL,
		                   "The address is none of this machine's.");

	/* A socket of another family has no TCP_NODELAY. */
	const sa_family_t family = AF_UNIX;
	probe_fd = socket(family, SOCK_STREAM, 0);
	SOCKETS_CHECK(probe_fd);
	bool has_nodelay = setsockopt(probe_fd, IPPROTO_TCP, TCP_NODELAY,
	                              &(int){1}, sizeof(int)) == 0;
	close(probe_fd);
	if (!has_nodelay)
		expect_no_listener(&family, sizeof family, 0,
		                   "The address is one of AF_UNIX, where "
		                   "setsockopt() of TCP_NODELAY fails.");

	address = sockets_loopback(0);
	if (deny_call(SYS_listen, ENOBUFS) && listen(-1, 1) == -1 &&
	    errno == ENOBUFS)
		expect_no_listener(&address, sizeof address, ENOBUFS,
		                   "listen() failed (ENOBUFS; the test sees to "
		                   "that).");
}

/* ---- 1.6: listener_accept() ---- */

/* So many calls to come say that one client is lost, before one does what it
   should. */
static int lost_count;

/* These two are taken instead of libc's, by the listener too. */
int
accept4(int fd, __SOCKADDR_ARG address, socklen_t *address_bytes, int flags)
{
	if (lost_count > 0) {
		lost_count--;
		errno = ECONNABORTED;
		return -1;
	}
	return (int)syscall(SYS_accept4, fd, address.__sockaddr__,
	                    address_bytes, flags);
}

int
accept(int fd, __SOCKADDR_ARG address, socklen_t *address_bytes)
{
	return accept4(fd, address, address_bytes, 0);
}

enum { CLIENTS_MAX = 50 };

/* A listener, its owner, and clients. The sockets are AF_UNIX: who has returned
   from connect() is in the queue. */
struct hall {
	struct loop *loop;
	struct timers timers;
	struct listener listener;
	int listen_fd;
	struct sockaddr_storage address;
	socklen_t address_bytes;
	int clients[CLIENTS_MAX];
	int client_count;

	int room; /* so many may be accepted in all */
	int accepted[CLIENTS_MAX];
	int accepted_count;
};

static const void *the_hall;

static bool
has_room(void *owner)
{
	const struct hall *hall = owner;

	if (owner != the_hall)
		fail_test("listener_accept() called has_room() with another "
		          "argument than listener->owner.");
	return hall->accepted_count < hall->room;
}

static void
on_accept(void *owner, int fd)
{
	struct hall *hall = owner;

	if (owner != the_hall)
		fail_test("listener_accept() called on_accept() with another "
		          "first argument than listener->owner.");
	if (fcntl(fd, F_GETFD) == -1)
		fail_test("listener_accept() called on_accept() with %d, which "
		          "is no open descriptor. When accept4() says -1 there "
		          "is nobody to hand over.",
		          fd);
	if (hall->accepted_count == CLIENTS_MAX)
		fail_test("listener_accept() called on_accept() more often "
		          "than there were clients, at last with descriptor "
		          "%d.",
		          fd);
	hall->accepted[hall->accepted_count++] = fd;
}

static void
connect_client(struct hall *hall)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	SOCKETS_CHECK(fd);
	SOCKETS_CHECK(connect(fd, (struct sockaddr *)&hall->address,
	                      hall->address_bytes));
	hall->clients[hall->client_count++] = fd;
}

static struct hall *
open_hall(int client_count, int room)
{
	static struct hall hall;
	sa_family_t family = AF_UNIX;

	the_hall = &hall;
	hall.room = room;
	hall.listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	SOCKETS_CHECK(hall.listen_fd);
	sockets_unblock(hall.listen_fd);
	/* A name of the kernel's choosing: unix(7), autobind. */
	hall.address.ss_family = family;
	SOCKETS_CHECK(bind(hall.listen_fd, (struct sockaddr *)&hall.address,
	                   sizeof family));
	SOCKETS_CHECK(listen(hall.listen_fd, CLIENTS_MAX));
	hall.address_bytes = sizeof hall.address;
	SOCKETS_CHECK(getsockname(hall.listen_fd,
	                          (struct sockaddr *)&hall.address,
	                          &hall.address_bytes));
	for (int i = 0; i < client_count; i++)
		connect_client(&hall);

	hall.loop = loop_open();
	timers_init(&hall.timers);
	hall.listener.owner = &hall;
	hall.listener.has_room = has_room;
	hall.listener.on_accept = on_accept;
	SOCKETS_CHECK(listener_start(&hall.listener, hall.listen_fd, hall.loop,
	                             &hall.timers));
	return &hall;
}

/* As the loop does when the listening socket has become readable. */
static void
call_accept(struct hall *hall)
{
	hall->listener.source.ready = EVENT_READ | EVENT_WRITE;
	watchdog("Some clients waited. listener_accept() was called and did "
	         "not return. It should return when nobody waits any more, "
	         "when there is no room, and when listener_after_error() says "
	         "so.");
	listener_accept(&hall->listener.source);
	watchdog(NULL);
}

/* How many are still in the kernel's queue. They are taken out. */
static int
count_waiting(struct hall *hall)
{
	int count = 0;
	int fd;

	while ((fd = accept(hall->listen_fd, NULL, NULL)) != -1) {
		close(fd);
		count++;
	}
	return count;
}

/* Not a test of exercise 1.13, but nothing can be said without it. */
static void
expect_verdict_on_eagain(void)
{
	enum listener_next next = listener_after_error(EAGAIN);

	if (next != LISTENER_DONE)
		fail_test("listener_accept() asks listener_after_error() what "
		          "to do when nobody waits, and that (exercise 1.13) "
		          "says %d for EAGAIN. It should say LISTENER_DONE "
		          "(%d). Put that right first.",
		          (int)next, (int)LISTENER_DONE);
}

/* Each client says its number; each accepted descriptor hears another one. */
static void
expect_all_connected(struct hall *hall)
{
	bool heard[CLIENTS_MAX] = {false};

	for (int i = 0; i < hall->client_count; i++) {
		char number = (char)i;
		if (send(hall->clients[i], &number, 1, MSG_NOSIGNAL) != 1)
			fail_test("%d clients waited. listener_accept() called "
			          "on_accept() %d times; client %d finds its "
			          "connection closed. What is handed over is "
			          "on_accept()'s to close.",
			          hall->client_count, hall->accepted_count,
			          i + 1);
	}
	for (int i = 0; i < hall->accepted_count; i++) {
		char number = -1;
		ssize_t got = recv(hall->accepted[i], &number, 1, MSG_DONTWAIT);
		if (got != 1 || heard[(int)number])
			fail_test("%d clients waited. listener_accept() called "
			          "on_accept() %d times; descriptor %d, which "
			          "it handed over, is not the connection of a "
			          "client of its own (recv() says %s).",
			          hall->client_count, hall->accepted_count,
			          hall->accepted[i],
			          got == -1 ? strerror(errno) : "nothing new");
		heard[(int)number] = true;
	}
}

/* What listener_after_error() says is done; once it is written. */
static void
expect_goes_on(struct hall *hall)
{
	int accepted_before = hall->accepted_count;

	connect_client(hall);
	lost_count = 2;
	call_accept(hall);
	lost_count = 0;
	if (hall->accepted_count != accepted_before + 1 ||
	    hall->listener.is_paused)
		fail_test("accept4() failed twice with ECONNABORTED, and "
		          "behind that another client waited. "
		          "listener_after_error() says LISTENER_GO_ON to that "
		          "error, but listener_accept() %s. It should call "
		          "accept4() again at once.",
		          hall->listener.is_paused ? "paused the listener"
		                                   : "did not go on");
}

UNIT(1_06, accept_takes_all_who_wait, 1,
     "One call accepts every client that waits, and then the listener's "
     "EVENT_READ is used up.")
{
	expect_verdict_on_eagain();
	struct hall *hall = open_hall(3, 4);

	call_accept(hall);
	if (hall->accepted_count != 3)
		fail_test("Three clients waited, and there was room for %d. "
		          "listener_accept() called on_accept() %d times. It "
		          "should have handed over all three: one event can "
		          "stand for many clients.",
		          hall->room, hall->accepted_count);
	expect_all_connected(hall);
	if (hall->listener.is_paused)
		fail_test("listener_accept() accepted the three clients that "
		          "waited, and paused the listener, though there was "
		          "room for more. It should go on listening.");
	if (hall->listener.source.ready & EVENT_READ)
		fail_test("listener_accept() accepted the three clients that "
		          "waited; then accept4() said EAGAIN. The source's "
		          "`ready` still has EVENT_READ. It should be cleared: "
		          "the loop does not ask the kernel about what it "
		          "holds to be ready, and would never hear of the next "
		          "client.");
	connect_client(hall);
	call_accept(hall);
	if (hall->accepted_count != 4)
		fail_test("A fourth client came later. listener_accept() was "
		          "called again and did not hand it over.");

	hall->room = CLIENTS_MAX;
	listener_resume(&hall->listener); /* there was no room for a fifth */
	while (hall->client_count < CLIENTS_MAX - 10)
		connect_client(hall);
	call_accept(hall);
	if (hall->accepted_count != hall->client_count)
		fail_test("%d clients waited, and there was room for more. One "
		          "call of listener_accept() handed %d over. It should "
		          "go on until accept4() says EAGAIN.",
		          hall->client_count - 4, hall->accepted_count - 4);
	if (listener_after_error(ECONNABORTED) == LISTENER_GO_ON)
		expect_goes_on(hall);
	if (!(hall->listener.source.ready & EVENT_WRITE))
		fail_test("listener_accept() cleared EVENT_WRITE in the "
		          "source's `ready`, which it knows nothing about. "
		          "Only EVENT_READ is used up.");
}

UNIT(1_06, accepted_clients_are_nonblocking_and_cloexec, 1,
     "What is handed over is non-blocking and close-on-exec.")
{
	/* There is room for this one only: accept4() does not fail. */
	struct hall *hall = open_hall(1, 1);

	close(STDIN_FILENO); /* 0 is a descriptor like any other */
	call_accept(hall);
	if (hall->accepted_count != 1)
		fail_test("One client waited, and there was room for it. "
		          "listener_accept() called on_accept() %d times. (The "
		          "standard input is closed here: accept4() can "
		          "return 0.)",
		          hall->accepted_count);
	if (!(fcntl(hall->accepted[0], F_GETFL) & O_NONBLOCK))
		fail_test("listener_accept() handed over a descriptor without "
		          "O_NONBLOCK: the first read that finds nothing would "
		          "stop the whole server. On Linux an accepted socket "
		          "does not inherit it from the listening one; "
		          "accept4() can set it.");
	if (!(fcntl(hall->accepted[0], F_GETFD) & FD_CLOEXEC))
		fail_test("listener_accept() handed over a descriptor without "
		          "FD_CLOEXEC: a program that this process starts "
		          "would inherit the client's connection. accept4() "
		          "can set it.");
}

UNIT(1_06, accept_leaves_the_rest_waiting_without_room, 1,
     "When there is no room the listener is paused, and who is not accepted "
     "stays in the kernel's queue.")
{
	struct hall *hall = open_hall(3, 2);

	call_accept(hall);
	if (hall->accepted_count != 2)
		fail_test("Three clients waited, and has_room() said that "
		          "there was room for two. listener_accept() called "
		          "on_accept() %d times. It should have called it "
		          "twice: ask has_room() before each client.",
		          hall->accepted_count);
	if (!hall->listener.is_paused)
		fail_test("Three clients waited, and there was room for two. "
		          "listener_accept() took two and returned; the "
		          "listener is not paused. It should be: the third "
		          "client keeps it readable, and the loop would spin.");
	expect_all_connected(hall);

	hall->room = 3;
	listener_resume(&hall->listener);
	hall->room = 2; /* it was taken by somebody else */
	call_accept(hall);
	if (hall->accepted_count != 2 || !hall->listener.is_paused)
		fail_test("One client waited, and has_room() said no from the "
		          "beginning. listener_accept() %s. It should have "
		          "accepted nobody and paused the listener.",
		          hall->listener.is_paused ? "handed one over"
		                                   : "did not pause");
	int waiting = count_waiting(hall);
	if (waiting != 1)
		fail_test("Three clients waited, and there was room for two. "
		          "After listener_accept() %d are left in the kernel's "
		          "queue. The third one should still be there: a "
		          "client that is accepted and closed has lost its "
		          "connection, one that waits is served later.",
		          waiting);
}

UNIT(1_06, accept_pauses_when_descriptors_run_out, 1,
     "With no descriptor left it does what listener_after_error() says, and "
     "returns; nobody is lost.")
{
	/* As long as exercise 1.13 is not written that may be anything. */
	enum listener_next next = listener_after_error(EMFILE);
	if (next == LISTENER_GO_ON)
		fail_test("listener_after_error(EMFILE), exercise 1.13, says "
		          "LISTENER_GO_ON: listener_accept() would try for "
		          "ever. Put that right first.");
	struct hall *hall = open_hall(2, CLIENTS_MAX);
	struct rlimit limit, lower;

	SOCKETS_CHECK(getrlimit(RLIMIT_NOFILE, &limit));
	lower = limit;
	lower.rlim_cur = (rlim_t)lowest_free_fd() + 1; /* one more, no more */
	SOCKETS_CHECK(setrlimit(RLIMIT_NOFILE, &lower));
	call_accept(hall);
	SOCKETS_CHECK(setrlimit(RLIMIT_NOFILE, &limit));

	if (hall->accepted_count != 1)
		fail_test("Two clients waited, and there was one descriptor "
		          "left. listener_accept() called on_accept() %d "
		          "times. It should have handed over the first client.",
		          hall->accepted_count);
	if (next == LISTENER_PAUSE && !hall->listener.is_paused)
		fail_test("Two clients waited, and there was one descriptor "
		          "left. listener_accept() took one client and "
		          "returned; the listener is not paused. It should be: "
		          "for the second client accept4() says EMFILE, and "
		          "listener_after_error() LISTENER_PAUSE to that. The "
		          "client that waits keeps the listener readable, and "
		          "the loop would spin.");
	if (next == LISTENER_PAUSE && hall->listener.retry.queue == NULL)
		fail_test("accept4() said EMFILE. listener_accept() has set "
		          "is_paused, but the listener's timer does not run: "
		          "nobody would try again. That is "
		          "listener_pause()'s to do.");
	if (next == LISTENER_DONE && (hall->listener.is_paused ||
	                              hall->listener.source.ready & EVENT_READ))
		fail_test("accept4() said EMFILE. listener_after_error() says "
		          "LISTENER_DONE to that (see exercise 1.13), but "
		          "listener_accept() did not just clear EVENT_READ and "
		          "return.");
	int waiting = count_waiting(hall);
	if (waiting != 1)
		fail_test("Two clients waited, and there was one descriptor "
		          "left. After listener_accept() %d are left in the "
		          "kernel's queue; the second one should be there.",
		          waiting);
}

/* ---- 1.13: listener_after_error() ---- */

static const char *
next_name(enum listener_next next)
{
	switch (next) {
	case LISTENER_GO_ON:
		return "LISTENER_GO_ON";
	case LISTENER_DONE:
		return "LISTENER_DONE";
	case LISTENER_PAUSE:
		return "LISTENER_PAUSE";
	}
	return "something that is no enum listener_next";
}

struct named_error {
	int number;
	const char *name;
};

#define NAMED(error)                                                           \
	{                                                                      \
		error, #error                                                  \
	}

static void
expect_next(struct named_error error, enum listener_next expected,
            const char *why)
{
	errno = 0; /* the error is what the function is told, nothing else */
	enum listener_next next = listener_after_error(error.number);

	if (next != expected)
		fail_test("accept() failed with %s (%s). "
		          "listener_after_error() said %s. It should have said "
		          "%s: %s.",
		          error.name, strerror(error.number), next_name(next),
		          next_name(expected), why);
}

UNIT(1_13, accept_is_done_when_nobody_waits, 1,
     "EAGAIN means that nobody waits: LISTENER_DONE.")
{
	static const struct named_error again = NAMED(EAGAIN);
	static const struct named_error would_block = NAMED(EWOULDBLOCK);

	expect_next(again, LISTENER_DONE,
	            "nobody waits, and the next event will tell");
	expect_next(would_block, LISTENER_DONE, "it is the same as EAGAIN");
}

static const char lost_one[] =
	"this concerns one connection only; others wait behind it";

UNIT(1_13, accept_goes_on_after_one_lost_client, 1,
     "An error of one connection, or a signal, does not keep the others from "
     "being accepted: LISTENER_GO_ON.")
{
	static const struct named_error aborted = NAMED(ECONNABORTED);
	static const struct named_error refused = NAMED(EPERM);
	static const struct named_error interrupted = NAMED(EINTR);

	expect_next(aborted, LISTENER_GO_ON, lost_one);
	expect_next(refused, LISTENER_GO_ON, lost_one);
	expect_next(interrupted, LISTENER_GO_ON,
	            "a signal came; the call can be made again");
}

UNIT(1_13, accept_pauses_when_something_ran_out, 1,
     "Without descriptors or memory trying again is of no use: "
     "LISTENER_PAUSE.")
{
	static const struct named_error errors[] = {
		NAMED(EMFILE), NAMED(ENFILE), NAMED(ENOBUFS), NAMED(ENOMEM)};

	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
		expect_next(errors[i], LISTENER_PAUSE,
		            "the client stays in the queue and the listener "
		            "readable, so whoever goes on trying does so with "
		            "all of a CPU");
}

UNIT(1_13, accept_survives_every_other_error, 1,
     "Network errors that accept() passes on concern one client; at an error "
     "that nobody expects the server neither spins nor exits.")
{
	static const struct named_error network_errors[] = {
		NAMED(EPROTO),       NAMED(ENETDOWN),   NAMED(ENETUNREACH),
		NAMED(ENOPROTOOPT),  NAMED(EHOSTDOWN),  NAMED(ENONET),
		NAMED(EHOSTUNREACH), NAMED(EOPNOTSUPP), NAMED(ETIMEDOUT)};
	static const struct named_error others[] = {
		NAMED(EBADF),  NAMED(EINVAL), NAMED(ENOTSOCK),
		NAMED(EFAULT), NAMED(EIO),    NAMED(ENOSYS)};

	for (size_t i = 0; i < sizeof network_errors / sizeof *network_errors;
	     i++)
		expect_next(network_errors[i], LISTENER_GO_ON, lost_one);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		expect_next(others[i], LISTENER_PAUSE,
		            "nobody knows what it means, and a server must "
		            "neither spin nor exit");
}
