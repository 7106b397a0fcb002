/*
 * stage4_channel.c - exercises 4.1 to 4.3: a channel, and what crosses it.
 *
 * Nothing here needs a stream: a channel of SOCK_SEQPACKET behaves alike. Not
 * seen from here: a control buffer that is not aligned for a struct cmsghdr. On
 * x86-64 it works all the same; `make check` (UBSan) tells.
 */
#define _GNU_SOURCE /* setresuid() */
#include "channel.h"
#include "descriptors.h"
#include "harness/graded.h"
#include "harness/wait.h"
#include "sockets.h"
#include "watchdog.h"

#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/un.h>
#include <sys/wait.h>

/* ---- 4.1: channel_open() ---- */

static void
open_channel(int ends[2])
{
	ends[0] = ends[1] = -1;
	watchdog("channel_open() was called and did not return.");
	int result = channel_open(ends);
	watchdog(NULL);
	if (result != 0)
		fail_test("channel_open() returned %d (errno says: %s). "
		          "Nothing stood in its way: it should have made a "
		          "pair of sockets and returned 0.",
		          result, strerror(errno));
	if (!descriptors_is_open(ends[0]) || !descriptors_is_open(ends[1]))
		fail_test("channel_open() returned 0, with ends[0] = %d and "
		          "ends[1] = %d. Both should be open descriptors.",
		          ends[0], ends[1]);
}

static void
expect_byte(int from, int to, const char *way)
{
	char byte = 0;

	if (send(from, "+", 1, MSG_DONTWAIT | MSG_NOSIGNAL) != 1)
		fail_test("channel_open() made a pair. A byte should go from "
		          "%s; send() said: %s.",
		          way, strerror(errno));
	ssize_t got = recv(to, &byte, 1, MSG_DONTWAIT);
	if (got != 1 || byte != '+')
		fail_test("channel_open() made a pair. '+' was sent from %s; "
		          "recv() there said %zd (%s).",
		          way, got, got == -1 ? strerror(errno) : "bytes");
}

UNIT(4_01, channel_goes_both_ways, 1,
     "What is sent into one end of a channel comes out of the other; in both "
     "directions.")
{
	int ends[2];

	open_channel(ends);
	expect_byte(ends[0], ends[1], "ends[0] to ends[1]");
	expect_byte(ends[1], ends[0], "ends[1] to ends[0]");
}

UNIT(4_01, channel_carries_descriptors, 1,
     "A channel is of AF_UNIX: only such sockets carry descriptors.")
{
	int ends[2];
	int file = descriptors_file();

	open_channel(ends);
	if (descriptors_give(ends[0], &file, 1) != 1)
		fail_test("A descriptor was sent into ends[0] of the channel, "
		          "with sendmsg() and SCM_RIGHTS. That said: %s.",
		          strerror(errno));
	struct descriptors_message got = descriptors_take(ends[1]);
	if (got.bytes != 1 || got.count != 1)
		fail_test("A byte and a descriptor were sent into ends[0]. "
		          "recvmsg() at ends[1] got %zd bytes and %zu "
		          "descriptors.",
		          got.bytes, got.count);
}

UNIT(4_01, channel_has_an_end, 1,
     "When one end of a channel is closed, the other reads 0: the end. So each "
     "process learns that the other one has gone.")
{
	int ends[2];
	char byte;

	open_channel(ends);
	close(ends[1]);
	ssize_t got = recv(ends[0], &byte, 1, MSG_DONTWAIT);
	if (got != 0)
		fail_test("ends[1] was closed. recv() from ends[0] should "
		          "return 0, the end; it returned %zd (%s). Is it a "
		          "socket type that knows of connections?",
		          got, got == -1 ? strerror(errno) : "bytes");

	open_channel(ends);
	SOCKETS_CHECK(shutdown(ends[0], SHUT_WR));
	got = recv(ends[1], &byte, 1, MSG_DONTWAIT);
	if (got != 0)
		fail_test("ends[0] was half-closed with shutdown(SHUT_WR): "
		          "that tells a worker to finish. recv() from ends[1] "
		          "should return 0, the end; it returned %zd (%s).",
		          got, got == -1 ? strerror(errno) : "bytes");
}

UNIT(4_01, channel_ends_do_not_block, 1,
     "Both ends are non-blocking: neither process waits for the other.")
{
	int ends[2];

	open_channel(ends);
	for (int i = 0; i < 2; i++)
		if (!(fcntl(ends[i], F_GETFL) & O_NONBLOCK))
			fail_test("ends[%d] of the channel has no O_NONBLOCK. "
			          "%s",
			          i,
			          i == 0 ? "The main process would wait for a "
			                   "worker that does not read, and "
			                   "all clients with it."
			                 : "A worker would wait for the main "
			                   "process, and all its clients with "
			                   "it.");
}

UNIT(4_01, channel_ends_close_on_exec, 1,
     "Both ends are closed when the process runs another program; without a "
     "descriptor left, channel_open() says so and leaves none behind.")
{
	int ends[2];

	open_channel(ends);
	for (int i = 0; i < 2; i++)
		if (!(fcntl(ends[i], F_GETFD) & FD_CLOEXEC))
			fail_test("ends[%d] of the channel has no FD_CLOEXEC.",
			          i);

	size_t before = descriptors_open_now();
	struct rlimit limit = descriptors_forbid();
	watchdog("No descriptor was left. channel_open() was called and did "
	         "not return.");
	int result = channel_open(ends);
	int error = errno;
	watchdog(NULL);
	descriptors_allow(limit);
	if (result != -1 || error != EMFILE)
		fail_test("No descriptor was left. channel_open() returned %d "
		          "with errno %s. It should have returned -1 with "
		          "EMFILE.",
		          result, strerror(error));
	if (descriptors_open_now() != before)
		fail_test("No descriptor was left, and channel_open() failed. "
		          "%zu descriptors were open before, %zu are now.",
		          before, descriptors_open_now());
}

/* ---- 4.2: channel_send_fd() ---- */

/* The test's own pair, the sender's end first. */
static void
make_channel(int ends[2])
{
	sockets_unix(ends);
	sockets_unblock(ends[1]);
}

static int
send_fd(int channel, int fd)
{
	watchdog("channel_send_fd() was called and did not return. It must "
	         "not wait: when the channel is full, it says EAGAIN.");
	int result = channel_send_fd(channel, fd);
	int error = errno;
	watchdog(NULL);
	errno = error;
	return result;
}

static void
send_one(int channel, int fd)
{
	int result = send_fd(channel, fd);

	if (result != 0)
		fail_test("channel_send_fd() was called on a channel with room "
		          "and an open descriptor. It returned %d (errno says: "
		          "%s). It should have returned 0.",
		          result, strerror(errno));
}

/* One byte and one descriptor have come; returns it. */
static int
expect_message(int channel, const char *done)
{
	struct descriptors_message got = descriptors_take(channel);

	if (got.bytes == -1)
		fail_test("%s At the other end recvmsg() says %s: nothing has "
		          "come. On a stream a message without a byte of data "
		          "is not sent at all.",
		          done, strerror(errno));
	if (got.bytes != 1)
		fail_test("%s At the other end %zd bytes have come with it. "
		          "It should be one.",
		          done, got.bytes);
	if (got.count == 0)
		fail_test("%s A byte has come at the other end, and no "
		          "descriptor with it.",
		          done);
	if (got.count > 1)
		fail_test("%s At the other end %zu descriptors have come: %d, "
		          "%d, ... It should be one. cmsg_len says how many "
		          "bytes of numbers there are: CMSG_LEN(), without "
		          "padding.",
		          done, got.count, got.fds[0], got.fds[1]);
	return got.fds[0];
}

static const char sent_one[] = "channel_send_fd() was called and returned 0.";

UNIT(4_02, send_carries_the_open_file, 2,
     "One byte comes, and with it a descriptor for the same open file.")
{
	int ends[2];
	int file = descriptors_file();

	make_channel(ends);
	send_one(ends[0], file);
	int fd = expect_message(ends[1], sent_one);
	if (!descriptors_are_same(file, fd))
		fail_test("%s The descriptor that has come, %d, is not for the "
		          "open file that was sent as %d: they do not share "
		          "their offset. In ancillary data of the type "
		          "SCM_RIGHTS the kernel passes the file itself.",
		          sent_one, fd, file);
}

/* Overwrites the stack below us, where the next function's variables will be.
   What is not set there has this value, then. */
__attribute__((noinline)) static void
dirty_stack(uintptr_t value)
{
	volatile uintptr_t words[2048];

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		words[i] = value;
}

UNIT(4_02, send_just_one_descriptor, 2,
     "There is one descriptor in a message, and not a second one in the "
     "padding behind it.")
{
	int ends[2];
	int file = descriptors_file();

	make_channel(ends);
	/* If there is a second one, let it be one that is open. */
	for (uintptr_t value = 0; value < 3; value++) {
		watchdog("channel_send_fd() was called and did not return.");
		dirty_stack(value | value << 32);
		int result = channel_send_fd(ends[0], file);
		watchdog(NULL);
		if (result != 0)
			fail_test("channel_send_fd() returned %d (errno says: "
			          "%s) where it should have returned 0.",
			          result, strerror(errno));
		expect_message(ends[1], sent_one);
	}
}

UNIT(4_02, send_from_a_dirty_stack, 2,
     "It does not matter what was in memory before: every member of the "
     "message is set.")
{
	static struct sockaddr_un somewhere = {.sun_family = AF_UNIX};
	const uintptr_t values[] = {
		(uintptr_t)0xa5a5a5a5a5a5a5a5u, UINTPTR_MAX,           0x10,
		(uintptr_t)0x0000000100000001u, (uintptr_t)&somewhere,
	};
	int ends[2];
	int file = descriptors_file();

	make_channel(ends);
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		watchdog("channel_send_fd() was called and did not return.");
		dirty_stack(values[i]);
		int result = channel_send_fd(ends[0], file);
		int error = errno;
		watchdog(NULL);
		const char *done = text_print(
			"The stack was filled with 0x%jx, and then "
			"channel_send_fd() was called: it returned %d.",
			(uintmax_t)values[i], result);
		if (result == -1)
			fail_test("%s errno says: %s. What was in memory "
			          "before should not matter: is there a member "
			          "of struct msghdr that you do not set? The "
			          "kernel reads all of them.",
			          done, strerror(error));
		if (result != 0)
			fail_test("%s It should have returned 0.", done);
		expect_message(ends[1], done);
	}
}

UNIT(4_02, send_keeps_the_descriptor, 1,
     "The sender's descriptor stays open and as it was, and the messages come "
     "in their order.")
{
	int ends[2];
	int files[3];

	make_channel(ends);
	for (int i = 0; i < 3; i++) {
		files[i] = descriptors_file();
		int flags = fcntl(files[i], F_GETFL);
		send_one(ends[0], files[i]);
		if (!descriptors_is_open(files[i]))
			fail_test("%s The descriptor that it was to send, %d, "
			          "is closed now. It is the caller's: who "
			          "sends one still has it.",
			          sent_one, files[i]);
		if (fcntl(files[i], F_GETFL) != flags ||
		    fcntl(files[i], F_GETFD) != FD_CLOEXEC)
			fail_test("%s The flags of the descriptor that it was "
			          "to send have changed: O_NONBLOCK or "
			          "FD_CLOEXEC. They are the caller's.",
			          sent_one);
	}
	for (int i = 0; i < 3; i++) {
		int fd = expect_message(ends[1],
		                        "channel_send_fd() was called three "
		                        "times.");
		if (!descriptors_are_same(files[i], fd))
			fail_test("Three descriptors were sent. As number %d "
			          "another one has come than was sent as "
			          "number %d.",
			          i + 1, i + 1);
	}
}

UNIT(4_02, send_into_a_full_channel, 1,
     "When the channel is full: -1 with EAGAIN. When there is room again it "
     "goes on.")
{
	enum { SENT_MAX = 5000 };
	int ends[2];
	int file = descriptors_file();
	int sent = 0;
	int result = 0;

	make_channel(ends);
	SOCKETS_CHECK(setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &(int){1},
	                         sizeof(int)));
	while (sent < SENT_MAX && (result = send_fd(ends[0], file)) == 0)
		sent++;
	if (result != 0 && result != -1)
		fail_test("channel_send_fd() returned %d. It should return 0, "
		          "or -1 with errno.",
		          result);
	if (sent == SENT_MAX || errno != EAGAIN)
		fail_test("Nobody received. channel_send_fd() returned 0 for "
		          "%d times, and then %s. When the channel is full it "
		          "should return -1 with errno EAGAIN.",
		          sent,
		          sent == SENT_MAX ? "the test gave up"
		                           : strerror(errno));
	for (int i = 0; i < sent; i++)
		close(expect_message(
			ends[1], text_print("Before the channel was full, "
		                            "channel_send_fd() returned 0 for "
		                            "%d times. So many messages should "
		                            "come.",
		                            sent)));
	if (descriptors_take(ends[1]).bytes != -1)
		fail_test("The channel was full and channel_send_fd() returned "
		          "-1. The message was sent nevertheless.");
	send_one(ends[0], file);
	expect_message(ends[1], sent_one);
}

static void
bite_sigpipe(int signal_number)
{
	(void)signal_number;
	fail_test("The other end of the channel was closed. "
	          "channel_send_fd() raised SIGPIPE, which kills a process. "
	          "With MSG_NOSIGNAL it says EPIPE instead.");
}

UNIT(4_02, send_to_nobody, 1,
     "When the worker is gone: -1 with EPIPE or ECONNRESET, and no signal. "
     "With "
     "a bad descriptor: -1 with EBADF.")
{
	int ends[2];
	int file = descriptors_file();

	make_channel(ends);
	int gone = dup(file);
	close(gone);
	if (send_fd(ends[0], gone) != -1 || errno != EBADF)
		fail_test("channel_send_fd() was to send a descriptor that is "
		          "not open. It should have returned -1 with errno "
		          "EBADF; errno says: %s.",
		          strerror(errno));

	signal(SIGPIPE, bite_sigpipe);
	close(ends[1]);
	int result = send_fd(ends[0], file);
	if (result != -1 || (errno != EPIPE && errno != ECONNRESET))
		fail_test("The other end of the channel was closed. "
		          "channel_send_fd() returned %d (errno says: %s). It "
		          "should have returned -1 with errno EPIPE or "
		          "ECONNRESET.",
		          result, strerror(errno));
	if (!descriptors_is_open(file))
		fail_test("channel_send_fd() failed, and closed the "
		          "descriptor. It is the caller's.");
}

enum { SENT_NONSENSE = 0xfe }; /* neither an errno nor the -1 below */

/* In a process whose user may have few descriptors under way. Returns the errno
   at which it could send no more; -1: it always could. */
static int
send_until_too_many(void)
{
	const struct rlimit few = {.rlim_cur = 20, .rlim_max = 20};
	int ends[2];
	int file = descriptors_file();

	make_channel(ends);
	if (setrlimit(RLIMIT_NOFILE, &few) == -1 ||
	    (geteuid() == 0 && setresuid(64999, 64999, 64999) == -1))
		return -1;
	for (int i = 0; i < 1000; i++) {
		int result = channel_send_fd(ends[0], file);
		if (result == -1)
			return errno;
		if (result != 0)
			return SENT_NONSENSE;
	}
	return -1;
}

UNIT(4_02, send_too_many_under_way, 1,
     "The kernel's ETOOMANYREFS (too many descriptors are under way) is passed "
     "on as EAGAIN.")
{
	int status;
	pid_t pid = fork();

	SOCKETS_CHECK(pid);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(send_until_too_many() & 0xff);
	}
	SOCKETS_CHECK(waitpid(pid, &status, 0));
	int error = WIFEXITED(status) ? WEXITSTATUS(status) : 0xff;
	if (error == 0xff)
		not_checked("this user may have any number of descriptors "
		            "under way");
	if (error == SENT_NONSENSE)
		fail_test("A user who may have 20 descriptors open sent more "
		          "than that into a channel. channel_send_fd() "
		          "returned neither 0 nor -1.");
	if (error != EAGAIN)
		fail_test("A user who may have 20 descriptors open sent more "
		          "than that into a channel, and nobody received. "
		          "channel_send_fd() returned -1 with errno %d (%s). "
		          "It should have been EAGAIN: later there is room "
		          "again.",
		          error, strerror(error));
}

/* ---- 4.3: channel_recv_fd() ---- */

static int
recv_fd(int channel, int *fd, const char *done)
{
	*fd = -1;
	watchdog(text_print("%s channel_recv_fd() was called, on a "
	                    "non-blocking channel, and did not return.",
	                    done));
	int result = channel_recv_fd(channel, fd);
	int error = errno;
	watchdog(NULL);
	errno = error;
	return result;
}

/* It must say 1; returns the descriptor. */
static int
recv_one(int channel, const char *done)
{
	int fd;
	int result = recv_fd(channel, &fd, done);

	if (result != 1)
		fail_test("%s channel_recv_fd() returned %d (errno says: %s). "
		          "It should have returned 1.",
		          done, result, strerror(errno));
	if (!descriptors_is_open(fd))
		fail_test("%s channel_recv_fd() returned 1 and set *fd to %d. "
		          "That is not an open descriptor.",
		          done, fd);
	return fd;
}

static void
expect_recv_nothing(int channel, const char *done)
{
	int fd;
	int result = recv_fd(channel, &fd, done);

	if (result != -1 || errno != EAGAIN)
		fail_test("%s channel_recv_fd() returned %d (errno says: %s). "
		          "It should have returned -1 with errno EAGAIN.",
		          done, result, strerror(errno));
}

/* It must say EBADMSG, and keep nothing of what came. */
static void
expect_bad_message(int channel, size_t before, const char *done)
{
	int fd;
	int result = recv_fd(channel, &fd, done);

	if (result != -1 || errno != EBADMSG)
		fail_test("%s channel_recv_fd() returned %d (errno says: %s) "
		          "and set *fd to %d. It should have returned -1 with "
		          "errno EBADMSG.",
		          done, result, strerror(errno), fd);
	size_t now = descriptors_open_now();
	if (now != before)
		fail_test("%s channel_recv_fd() said EBADMSG. Before, %zu "
		          "descriptors were open, and now %zu are: what came "
		          "with a bad message should be closed.",
		          done, before, now);
}

static const char came_one[] = "A byte and a descriptor were in the channel.";

UNIT(4_03, recv_takes_the_descriptor, 2,
     "One byte and one descriptor have come: 1, and a descriptor for the same "
     "open file.")
{
	int ends[2];
	int file = descriptors_file();

	make_channel(ends);
	descriptors_give_one(ends[0], file);
	int fd = recv_one(ends[1], came_one);
	if (fd == file || !descriptors_are_same(file, fd))
		fail_test("%s channel_recv_fd() returned 1 and set *fd to %d. "
		          "That is not a new descriptor for the open file that "
		          "was sent.",
		          came_one, fd);
	expect_recv_nothing(ends[1], "The channel was empty again.");
}

UNIT(4_03, recv_takes_one_at_a_time, 2,
     "Several messages wait: each call takes one, in their order.")
{
	enum { COUNT = 3 };
	int ends[2];
	int files[COUNT];

	make_channel(ends);
	for (int i = 0; i < COUNT; i++) {
		files[i] = descriptors_file();
		descriptors_give_one(ends[0], files[i]);
	}
	size_t before = descriptors_open_now();
	for (int i = 0; i < COUNT; i++) {
		int fd = recv_one(ends[1],
		                  text_print("Three messages were in the "
		                             "channel. Call number %d:",
		                             i + 1));
		if (!descriptors_are_same(files[i], fd))
			fail_test("Three messages were in the channel. The "
			          "descriptor of call number %d is not the one "
			          "that was sent as number %d.",
			          i + 1, i + 1);
		if (descriptors_open_now() != before + (size_t)i + 1)
			fail_test("Three messages were in the channel. After "
			          "call number %d there are %zu descriptors "
			          "more than before; there should be %d.",
			          i + 1, descriptors_open_now() - before,
			          i + 1);
	}
	expect_recv_nothing(ends[1], "Three messages were taken.");
}

UNIT(4_03, recv_at_the_end, 1,
     "Nothing is there: -1 with EAGAIN, or whatever else recvmsg() says. At "
     "the end: what came before it, then 0.")
{
	int ends[2];
	int fd;

	int result = recv_fd(-1, &fd, "There was no channel (-1).");
	if (result != -1 || errno != EBADF)
		fail_test("channel_recv_fd() was called with -1 for the "
		          "channel. It returned %d (errno says: %s). It should "
		          "have returned -1 with recvmsg()'s errno, EBADF.",
		          result, strerror(errno));
	make_channel(ends);
	expect_recv_nothing(ends[1], "Nothing was in the channel.");
	descriptors_give_one(ends[0], descriptors_file());
	close(ends[0]);
	recv_one(ends[1], "A message was in the channel, and the other end "
	                  "closed behind it.");
	for (int i = 0; i < 2; i++) {
		result = recv_fd(ends[1], &fd, "The other end was closed.");
		if (result != 0)
			fail_test("The other end was closed and nothing was "
			          "left in the channel. channel_recv_fd() "
			          "returned %d (errno says: %s). It should "
			          "have returned 0: the end.",
			          result, strerror(errno));
	}
}

UNIT(4_03, recv_sets_close_on_exec, 1,
     "The new descriptor is close-on-exec; O_NONBLOCK, which belongs to the "
     "open file, is as it was.")
{
	int ends[2];
	int files[2];

	make_channel(ends);
	for (int i = 0; i < 2; i++) {
		files[i] = descriptors_file();
		SOCKETS_CHECK(
			fcntl(files[i], F_SETFL, i == 0 ? 0 : O_NONBLOCK));
		descriptors_give_one(ends[0], files[i]);
	}
	for (int i = 0; i < 2; i++) {
		int fd = recv_one(ends[1], came_one);
		if (!(fcntl(fd, F_GETFD) & FD_CLOEXEC))
			fail_test("%s The descriptor that channel_recv_fd() "
			          "gave has no FD_CLOEXEC: that flag does not "
			          "come along. MSG_CMSG_CLOEXEC sets it.",
			          came_one);
		if (!(fcntl(files[i], F_GETFL) & O_NONBLOCK) != (i == 0))
			fail_test("%s channel_recv_fd() changed O_NONBLOCK of "
			          "the open file. The sender has the same one, "
			          "and sees that too.",
			          came_one);
	}
}

UNIT(4_03, recv_a_byte_alone, 1,
     "A byte without a descriptor, with credentials or without: -1 with "
     "EBADMSG. The message behind it is not touched.")
{
	int ends[2];
	int file = descriptors_file();

	make_channel(ends);
	size_t before = descriptors_open_now();
	SOCKETS_CHECK(descriptors_give(ends[0], NULL, 0));
	SOCKETS_CHECK(descriptors_give(ends[0], NULL, 0));
	descriptors_give_one(ends[0], file);
	for (int i = 0; i < 2; i++)
		expect_bad_message(ends[1], before,
		                   "A byte had come that had no descriptor.");
	int fd = recv_one(ends[1], "Two bytes without a descriptor were taken, "
	                           "and behind them lay one with a "
	                           "descriptor.");
	if (!descriptors_are_same(file, fd))
		fail_test("Behind a byte without a descriptor came one with a "
		          "descriptor. channel_recv_fd() returned another.");
	close(fd);

	SOCKETS_CHECK(setsockopt(ends[1], SOL_SOCKET, SO_PASSCRED, &(int){1},
	                         sizeof(int)));
	before = descriptors_open_now();
	SOCKETS_CHECK(descriptors_give(ends[0], NULL, 0));
	expect_bad_message(ends[1], before,
	                   "A byte had come with ancillary data that is not a "
	                   "descriptor (SCM_CREDENTIALS).");
}

UNIT(4_03, recv_two_descriptors, 2,
     "More than one descriptor in a message: -1 with EBADMSG, and all of them "
     "are closed. The message behind it is not touched.")
{
	static const size_t counts[] = {2, 3, 10, DESCRIPTORS_ROOM};
	int ends[2];
	int files[DESCRIPTORS_ROOM];

	make_channel(ends);
	for (int i = 0; i < DESCRIPTORS_ROOM; i++)
		files[i] = descriptors_file();
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		size_t before = descriptors_open_now();
		SOCKETS_CHECK(descriptors_give(ends[0], files, counts[i]));
		descriptors_give_one(ends[0], files[i]);
		const char *done = text_print("A byte had come with %zu "
		                              "descriptors.",
		                              counts[i]);
		expect_bad_message(ends[1], before, done);
		int fd = recv_one(
			ends[1],
			text_print("%s Behind it lay a good one.", done));
		if (!descriptors_are_same(files[i], fd))
			fail_test("%s channel_recv_fd() said EBADMSG, as it "
			          "should. The next call returned another "
			          "descriptor than that of the message behind "
			          "it.",
			          done);
		close(fd);
	}
}

UNIT(4_03, recv_without_room, 2,
     "When this process can have no more descriptors, the one that was sent is "
     "lost: -1 with EBADMSG, not a number that means nothing.")
{
	int ends[2];
	int file = descriptors_file();

	make_channel(ends);
	descriptors_give_one(ends[0], file);
	descriptors_give_one(ends[0], file);
	size_t before = descriptors_open_now();
	struct rlimit limit = descriptors_forbid();
	int fd;
	int result = recv_fd(ends[1], &fd,
	                     "A byte and a descriptor had come, and the "
	                     "process was at its limit of descriptors: the "
	                     "kernel gives the byte and no "
	                     "descriptor.");
	int error = errno;
	descriptors_allow(limit);
	if (result != -1 || error != EBADMSG)
		fail_test("A byte and a descriptor had come, and the process "
		          "was at its limit of descriptors: the kernel gives "
		          "the byte, no descriptor, and MSG_CTRUNC. "
		          "channel_recv_fd() returned %d (errno says: %s), "
		          "and *fd was %d. It should have returned -1 with "
		          "errno EBADMSG.",
		          result, strerror(error), fd);
	if (descriptors_open_now() != before)
		fail_test("A message was lost for want of descriptors. Before, "
		          "%zu were open, and now %zu are.",
		          before, descriptors_open_now());
	recv_one(ends[1], "A message was lost for want of descriptors. Then "
	                  "there was room again, and the next one lay in the "
	                  "channel.");
}

UNIT(4_03, recv_one_of_two_without_room, 1,
     "Two descriptors in a message, and room for one: -1 with EBADMSG, and "
     "that "
     "one is closed.")
{
	int ends[2];
	int files[2] = {descriptors_file(), descriptors_file()};

	make_channel(ends);
	SOCKETS_CHECK(descriptors_give(ends[0], files, 2));
	size_t before = descriptors_open_now();
	struct rlimit limit = descriptors_forbid();
	struct rlimit one = limit;
	getrlimit(RLIMIT_NOFILE, &one);
	one.rlim_cur++; /* the one below which there was no room is free */
	descriptors_allow(one);
	int fd;
	int result =
		recv_fd(ends[1], &fd,
	                "Two descriptors had come with a byte, and the process "
	                "could have one more.");
	int error = errno;
	descriptors_allow(limit);
	if (result != -1 || error != EBADMSG)
		fail_test("Two descriptors had come with a byte, and the "
		          "process could have one more: the kernel gives one, "
		          "and says MSG_CTRUNC. channel_recv_fd() returned %d "
		          "(errno says: %s). It should have returned -1 with "
		          "errno EBADMSG: something was cut off.",
		          result, strerror(error));
	if (descriptors_open_now() != before)
		fail_test("Of two descriptors in a message one was cut off. "
		          "channel_recv_fd() said EBADMSG, and left the other "
		          "one open.");
}
