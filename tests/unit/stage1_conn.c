/*
 * stage1_conn.c - exercises 1.7 to 1.10: a connection reads, writes, goes on.
 *
 * The connection is put together by hand, in the middle of its life, so that
 * each function is tested without the others and without pool_take().
 */
#define _GNU_SOURCE /* memfd_create() */
#include "conn.h"
#include "harness/graded.h"
#include "sockets.h"
#include "watchdog.h"

#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum { EVENTS = EVENT_READ | EVENT_WRITE };

/* One connection, and what it lives in. */
struct bench {
	struct loop *loop;
	struct timers timers;
	struct stats stats;
	struct web web;
	struct conns conns;
	struct conn *conn;
	struct buffer *buffer;
	int fds[2];     /* the connection's, the client's */
	int room_count; /* how often on_room() was called */
	int turn_count; /* how often the loop called the connection's handler */
};

static struct bench bench;

static void
count_room(void *owner)
{
	struct bench *mine = owner;

	mine->room_count++;
}

static void
count_turn(struct event_source *source)
{
	(void)source;
	bench.turn_count++;
}

static void
on_timeout_never(struct timer *timer)
{
	(void)timer;
}

/* A pool of two items, of which the first is taken. */
static struct pool *
make_pool(size_t item_bytes)
{
	const size_t unit = alignof(max_align_t);

	item_bytes = (item_bytes + unit - 1) / unit * unit;
	struct pool *pool = calloc(1, sizeof *pool + 2 * item_bytes);
	if (pool == NULL)
		fail_test("There is no memory for the test.");
	pool->item_bytes = item_bytes;
	pool->item_count = 2;
	pool->taken_count = 1;
	pool->fresh_index = 1;
	return pool;
}

/* Puts a connection over bench.fds into this state, with a buffer whose memory
   is full of '.', and readiness for everything. */
static void
open_bench(enum conn_state state)
{
	static const int64_t durations_ms[] = {10000, 60000, 30000, 2000};
	struct conns *conns = &bench.conns;

	bench.loop = loop_open();
	timers_init(&bench.timers);
	bench.web.stats = &bench.stats;
	*conns = (struct conns){
		.loop = bench.loop,
		.web = &bench.web,
		.pool = make_pool(sizeof(struct conn)),
		.buffers = make_pool(sizeof(struct buffer)),
		.owner = &bench,
		.on_room = count_room,
	};
	list_init(&conns->open);
	timers_add_queue(&bench.timers, &conns->head_timeouts, durations_ms[0]);
	timers_add_queue(&bench.timers, &conns->idle_timeouts, durations_ms[1]);
	timers_add_queue(&bench.timers, &conns->write_timeouts,
	                 durations_ms[2]);
	timers_add_queue(&bench.timers, &conns->linger_timeouts,
	                 durations_ms[3]);

	bench.buffer = (struct buffer *)(void *)conns->buffers->items;
	memset(bench.buffer->in, '.', sizeof bench.buffer->in);
	memset(bench.buffer->out, '.', sizeof bench.buffer->out);
	bench.conn = (struct conn *)(void *)conns->pool->items;
	*bench.conn = (struct conn){
		.source = {.fd = bench.fds[0],
	                   .wants = EVENTS,
	                   .on_event = count_turn},
		.conns = conns,
		.state = state,
		.buffer = bench.buffer,
		.answer = {.file_fd = -1},
	};
	SOCKETS_CHECK(loop_add(bench.loop, &bench.conn->source));
	bench.conn->source.ready = EVENTS;
	list_add_last(&conns->open, &bench.conn->link);
	timers_prepare(&bench.conn->timer, on_timeout_never);
}

/* Whatever is done with it fails, and not with one of the usual errors. */
static int
unconnected(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	SOCKETS_CHECK(fd);
	return fd;
}

/* So that a write to a client that has gone shows, whatever started us. */
static void
block_sigpipe(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static bool
sigpipe_came(void)
{
	sigset_t pending;

	sigpending(&pending);
	return sigismember(&pending, SIGPIPE) == 1;
}

static const char *
step_name(enum conn_step step)
{
	switch (step) {
	case CONN_WAIT:
		return "CONN_WAIT";
	case CONN_GO_ON:
		return "CONN_GO_ON";
	case CONN_CLOSED:
		return "CONN_CLOSED";
	}
	return "something that is no enum conn_step";
}

static const char *
state_name(enum conn_state state)
{
	switch (state) {
	case CONN_IDLE:
		return "CONN_IDLE";
	case CONN_READING:
		return "CONN_READING";
	case CONN_WRITING:
		return "CONN_WRITING";
	case CONN_LINGERING:
		return "CONN_LINGERING";
	}
	return "no enum conn_state";
}

/* story: what was done, up to the function's name as the next word. */
static void
expect_step(enum conn_step step, enum conn_step expected, const char *story,
            const char *why)
{
	if (step != expected)
		fail_test("%s returned %s. It should have returned %s: %s.",
		          story, step_name(step), step_name(expected), why);
	if (fcntl(bench.conn->source.fd, F_GETFD) == -1)
		fail_test("%s closed the connection's descriptor. Its caller "
		          "does that, when it is told CONN_CLOSED. Closed "
		          "twice, the number can be another client's by then.",
		          story);
}

/* The loop runs its next turn. */
static int
count_turns(void)
{
	bench.turn_count = 0;
	loop_dispatch(bench.loop);
	return bench.turn_count;
}

/* Bytes that tell where they belong. */
static char
pattern_byte(size_t offset)
{
	return (char)('a' + (offset ^ offset >> 8) % 23);
}

static void
fill_pattern(char *bytes, size_t offset, size_t count)
{
	for (size_t i = 0; i < count; i++)
		bytes[i] = pattern_byte(offset + i);
}

/* The client has got `count` bytes; they should be the pattern's. */
static void
expect_pattern(const char *bytes, size_t count, size_t offset, const char *what)
{
	for (size_t i = 0; i < count; i++) {
		if (bytes[i] == pattern_byte(offset + i))
			continue;
		fail_test("%s: the client got %zu bytes. Byte %zu of them is "
		          "not the one that belongs there (%s; it should have "
		          "been %s, byte %zu of what was to be sent).",
		          what, count, i, text_quote(&bytes[i], 1),
		          text_quote(&(char){pattern_byte(offset + i)}, 1),
		          offset + i);
	}
}

/* ---- 1.7: conn_read() ---- */

/* The next recv() is interrupted before it has done anything. */
static bool is_interrupted;

/* It is taken instead of libc's, by conn_read() too. */
ssize_t
recv(int fd, void *bytes, size_t size, int flags)
{
	if (is_interrupted) {
		is_interrupted = false;
		errno = EINTR;
		return -1;
	}
	return syscall(SYS_recvfrom, fd, bytes, size, flags, NULL, NULL);
}

static enum conn_step
call_read(void)
{
	watchdog("conn_read() was called and did not return. It makes one "
	         "recv(), on a socket that is non-blocking.");
	int before = bench.conn->source.ready & ~EVENT_READ;
	errno = EAGAIN; /* it means nothing before a call has failed */
	enum conn_step step = conn_read(bench.conn);
	watchdog(NULL);
	if (bench.conn->timer.queue != NULL)
		fail_test("conn_read() started the connection's timer. A head "
		          "has its time from its first byte on: a client that "
		          "sends a byte now and then would never be late.");
	if ((bench.conn->source.ready & ~EVENT_READ) != before)
		fail_test("conn_read() changed %s in the source's `ready`. It "
		          "has read, and only EVENT_READ can be used up.",
		          (bench.conn->source.ready ^ before) & EVENT_WRITE
		                  ? "EVENT_WRITE"
		                  : "EVENT_HANGUP");
	return step;
}

static void
client_says(const char *text)
{
	SOCKETS_CHECK(send(bench.fds[1], text, strlen(text), MSG_NOSIGNAL));
}

enum { UNTOUCHED = 0x5a5a5a5a }; /* not even its last byte is 0 */

/* Nothing behind the input may be written: there lie the answer's bytes. */
static void
expect_rest_untouched(void)
{
	const struct buffer *buffer = bench.buffer;
	bool is_touched =
		buffer->out_begin != UNTOUCHED || buffer->out_end != UNTOUCHED;

	for (size_t i = 0; i < sizeof buffer->out; i++)
		is_touched |= buffer->out[i] != '.';
	if (is_touched)
		fail_test("conn_read() wrote behind the end of buffer->in, "
		          "into what follows it in struct buffer. The room is "
		          "sizeof buffer->in less in_end.");
}

UNIT(1_07, read_appends_what_has_come, 1,
     "What has come is added behind the input that is there, be it a whole "
     "request or a part of one.")
{
	sockets_unix(bench.fds);
	open_bench(CONN_READING);
	struct buffer *buffer = bench.buffer;
	memcpy(buffer->in, "usedGET /ind", 12);
	buffer->in_begin = 4;
	buffer->in_end = 12;

	client_says("ex.html HT");
	enum conn_step step = call_read();
	expect_step(step, CONN_GO_ON,
	            "10 bytes, part of a request, had come. conn_read()",
	            "there are new bytes to look at");
	if (buffer->in_end != 22 || buffer->in_begin != 4)
		fail_test("in_begin was 4 and in_end 12; 10 bytes had come. "
		          "After conn_read() in_begin is %zu and in_end %zu. "
		          "They should be 4 and 22.",
		          buffer->in_begin, buffer->in_end);
	if (memcmp(buffer->in, "usedGET /index.html HT", 22) != 0)
		fail_test("The input was \"usedGET /ind\" and \"ex.html HT\" "
		          "had come. After conn_read() buffer->in begins with "
		          "%s. New bytes belong behind in_end; those before "
		          "stay.",
		          text_quote(buffer->in, 22));
	client_says("TP/1.1\r\n");
	bench.conn->source.ready |= EVENT_READ;
	call_read();
	if (buffer->in_end != 30 ||
	    memcmp(buffer->in + 22, "TP/1.1\r\n", 8) != 0)
		fail_test("A request came in two parts. The second call of "
		          "conn_read() did not add its 8 bytes behind the "
		          "first part: in_end is %zu, and the input %s.",
		          buffer->in_end,
		          text_quote(buffer->in, buffer->in_end % 64));

	/* It may try again by itself, too. */
	client_says("Host: a\r\n");
	bench.conn->source.ready |= EVENT_READ;
	is_interrupted = true;
	step = call_read();
	is_interrupted = false;
	expect_step(step, CONN_GO_ON,
	            "Bytes had come, and a signal: recv() said EINTR. "
	            "conn_read()",
	            "it is to be called again");
	if (buffer->in_end == 30 && !(bench.conn->source.ready & EVENT_READ))
		fail_test("Bytes had come, and a signal: recv() said EINTR. "
		          "conn_read() has read nothing, and cleared "
		          "EVENT_READ in the source's `ready`. Nobody would "
		          "announce the bytes again.");
}

UNIT(1_07, read_without_bytes_waits, 1,
     "EAGAIN means that nothing is there: EVENT_READ is used up, and the "
     "connection waits.")
{
	sockets_unix(bench.fds);
	open_bench(CONN_READING);
	bench.buffer->in_end = 7;

	enum conn_step step = call_read();
	expect_step(step, CONN_WAIT,
	            "Nothing had come: recv() says EAGAIN. conn_read()",
	            "EAGAIN is no error, but \"not now\"");
	if (bench.conn->source.ready & EVENT_READ)
		fail_test("recv() said EAGAIN. After conn_read() EVENT_READ is "
		          "still in the source's `ready`. It should be "
		          "cleared: the loop does not ask the kernel about "
		          "what it holds to be ready, and the connection would "
		          "never hear of its next byte.");
	if (!(bench.conn->source.ready & EVENT_WRITE))
		fail_test("recv() said EAGAIN. conn_read() cleared EVENT_WRITE "
		          "in the source's `ready`, which it knows nothing "
		          "about. Only EVENT_READ is used up.");
	if (bench.buffer->in_end != 7)
		fail_test("Nothing had come. conn_read() changed in_end from 7 "
		          "to %zu.",
		          bench.buffer->in_end);

	bench.conn->source.ready = EVENTS | EVENT_HANGUP;
	call_read();
	if (bench.conn->source.ready & EVENT_READ)
		fail_test("recv() said EAGAIN. EVENT_HANGUP was in `ready`; "
		          "conn_read() left EVENT_READ there, too. It should "
		          "be cleared: nothing is there, not even the end.");
}

UNIT(1_07, read_sees_the_end_of_the_stream, 1,
     "0 from recv() means that the client sends no more: CONN_CLOSED, also in "
     "the middle of a request.")
{
	sockets_unix(bench.fds);
	open_bench(CONN_READING);
	shutdown(bench.fds[1], SHUT_WR);
	enum conn_step step = call_read();
	expect_step(step, CONN_CLOSED,
	            "The client ended its stream without a byte. conn_read()",
	            "recv() says 0, and will say so for ever: a connection "
	            "that is kept would spin");

	sockets_unix(bench.fds);
	open_bench(CONN_READING);
	client_says("GET / HT");
	shutdown(bench.fds[1], SHUT_WR);
	call_read();
	bench.conn->source.ready |= EVENT_READ;
	step = call_read();
	expect_step(step, CONN_CLOSED,
	            "The client sent half a request and ended its stream. The "
	            "second call of conn_read()",
	            "the other half will not come");
}

UNIT(1_07, read_fills_the_room_and_no_more, 1,
     "Fewer bytes than there was room for use EVENT_READ up; a full buffer "
     "leaves it, for more may be there. Nothing is written behind the end.")
{
	static char bytes[WEB_HEAD_MAX];

	sockets_unix(bench.fds);
	open_bench(CONN_READING);
	struct buffer *buffer = bench.buffer;

	buffer->out_begin = UNTOUCHED;
	buffer->out_end = UNTOUCHED;
	buffer->in_end = sizeof buffer->in - 100;
	fill_pattern(bytes, 0, 99);
	SOCKETS_CHECK(send(bench.fds[1], bytes, 99, 0));
	call_read();
	if (bench.conn->source.ready & EVENT_READ)
		fail_test("There was room for 100 bytes, and 99 had come. "
		          "After conn_read() EVENT_READ is still in `ready`. "
		          "It should be cleared: recv() returned fewer than it "
		          "was asked for, so nothing more is there now.");

	buffer->in_end = sizeof buffer->in - 100;
	bench.conn->source.ready = EVENTS;
	fill_pattern(bytes, 0, 150);
	SOCKETS_CHECK(send(bench.fds[1], bytes, 150, 0));
	enum conn_step step = call_read();
	expect_step(step, CONN_GO_ON,
	            "There was room for 100 bytes, and 150 had come. "
	            "conn_read()",
	            "there are new bytes");
	expect_rest_untouched();
	if (buffer->in_end != sizeof buffer->in)
		fail_test("There was room for 100 bytes, and 150 had come. "
		          "After conn_read() in_end is %zu. It should be %zu: "
		          "all the room was used.",
		          buffer->in_end, sizeof buffer->in);
	if (!(bench.conn->source.ready & EVENT_READ))
		fail_test("There was room for 100 bytes, and 150 had come. "
		          "After conn_read() EVENT_READ is cleared in `ready`. "
		          "It should still be there: recv() filled all the "
		          "room, so more may be waiting.");
	if (sockets_unread(bench.fds[0]) != 50)
		fail_test("There was room for 100 bytes, and 150 had come. "
		          "After conn_read() %zu are left in the kernel. It "
		          "should be 50: they are read when there is room.",
		          sockets_unread(bench.fds[0]));

	/* A part of the input is used: that makes no room behind in_end. */
	buffer->in_begin = sizeof buffer->in - 300;
	buffer->in_end = sizeof buffer->in - 20;
	bench.conn->source.ready = EVENTS;
	call_read();
	expect_rest_untouched();
	if (buffer->in_end != sizeof buffer->in ||
	    buffer->in_begin != sizeof buffer->in - 300)
		fail_test("There was room for 20 bytes behind in_end, and 50 "
		          "had come. in_begin was %zu. After conn_read() it is "
		          "%zu, and in_end %zu; they should be %zu and %zu.",
		          sizeof buffer->in - 300, buffer->in_begin,
		          buffer->in_end, sizeof buffer->in - 300,
		          sizeof buffer->in);

	buffer->in_begin = 0;
	buffer->in_end = 0;
	sockets_drain(bench.fds[0], bytes, sizeof bytes);
	fill_pattern(bytes, 0, sizeof bytes);
	SOCKETS_CHECK(send(bench.fds[1], bytes, sizeof bytes, 0));
	call_read();
	expect_rest_untouched();
	if (buffer->in_end != sizeof buffer->in ||
	    memcmp(buffer->in, bytes, sizeof bytes) != 0)
		fail_test("The buffer was empty, and as many bytes had come as "
		          "fit into it: %zu. After conn_read() in_end is %zu, "
		          "or the bytes are not those that came.",
		          sizeof bytes, buffer->in_end);
}

UNIT(1_07, read_finds_the_end_behind_bytes, 1,
     "With EVENT_HANGUP a short read leaves EVENT_READ, for the end may lie "
     "behind the bytes. A reset closes.")
{
	sockets_unix(bench.fds);
	open_bench(CONN_READING);
	client_says("GET / HT");
	shutdown(bench.fds[1], SHUT_WR);
	bench.conn->source.ready |= EVENT_HANGUP;
	enum conn_step step = call_read();
	expect_step(step, CONN_GO_ON,
	            "The client sent 8 bytes and ended its stream; both were "
	            "announced together. conn_read()",
	            "the bytes count: they may be the end of a request");
	if (bench.buffer->in_end != 8)
		fail_test("The client sent 8 bytes and ended its stream. After "
		          "conn_read() in_end is %zu. It should be 8.",
		          bench.buffer->in_end);
	if (!(bench.conn->source.ready & EVENT_READ))
		fail_test("EVENT_HANGUP was in `ready`, and conn_read() got "
		          "fewer bytes than there was room for. It cleared "
		          "EVENT_READ. It should have left it: the end of the "
		          "stream lies behind these bytes and may not be "
		          "announced a second time.");
	step = call_read();
	expect_step(step, CONN_CLOSED,
	            "The client's bytes were read, and then came the end of "
	            "its stream. The second call of conn_read()",
	            "recv() says 0");

	sockets_tcp(bench.fds);
	open_bench(CONN_READING);
	sockets_reset(bench.fds);
	step = call_read();
	expect_step(step, CONN_CLOSED,
	            "The client reset its connection: recv() says ECONNRESET. "
	            "conn_read()",
	            "the client is gone");

	sockets_unix(bench.fds);
	open_bench(CONN_READING);
	bench.conn->source.fd = unconnected();
	step = call_read();
	expect_step(step, CONN_CLOSED,
	            "The socket was not connected: recv() says EINVAL. "
	            "conn_read()",
	            "an error that is neither EAGAIN nor EINTR does not go "
	            "away");
}

/* ---- 1.8: conn_write_out() ---- */

static enum conn_step
call_write_out(void)
{
	watchdog("conn_write_out() was called and did not return. When the "
	         "kernel takes no more (EAGAIN) it should return CONN_WAIT.");
	enum conn_step step = conn_write_out(bench.conn);
	watchdog(NULL);
	return step;
}

static char received[WEB_OUT_MAX * 2];

static void
expect_sent(size_t begin, size_t end)
{
	struct buffer *buffer = bench.buffer;

	fill_pattern(buffer->out, 0, sizeof buffer->out);
	buffer->out_begin = begin;
	buffer->out_end = end;
	enum conn_step step = call_write_out();
	size_t got = sockets_drain(bench.fds[1], received, sizeof received);

	if (got != end - begin)
		fail_test("out_begin was %zu and out_end %zu: %zu bytes were "
		          "to be sent. The client got %zu from "
		          "conn_write_out().",
		          begin, end, end - begin, got);
	expect_pattern(
		received, got, begin,
		text_print("out_begin was %zu and out_end %zu", begin, end));
	expect_step(step, CONN_GO_ON,
	            text_print("out_begin was %zu and out_end %zu, and the "
	                       "client got it all. conn_write_out()",
	                       begin, end),
	            "all of it is sent");
	if (buffer->out_begin != buffer->out_end)
		fail_test("All bytes from out_begin (%zu) to out_end (%zu) "
		          "were sent. After conn_write_out() out_begin is %zu "
		          "and out_end %zu: as if something were left. "
		          "out_begin should have moved along to out_end.",
		          begin, end, buffer->out_begin, buffer->out_end);
	if (bench.conn->turn_bytes != 0)
		fail_test("conn_write_out() counted %zu bytes in turn_bytes. "
		          "Only those of files are counted there.",
		          bench.conn->turn_bytes);
}

UNIT(1_08, write_sends_from_begin_to_end, 2,
     "The bytes of buffer->out from out_begin to out_end are sent, no others, "
     "and out_begin has moved to the end.")
{
	sockets_unix(bench.fds);
	open_bench(CONN_WRITING);
	expect_sent(0, 300);
	expect_sent(100, 612);
	expect_sent(0, sizeof bench.buffer->out);
	expect_sent(77, 77);
}

/* The kernel's buffer takes little, so that EAGAIN comes soon. */
static void
make_narrow(int fd)
{
	const int least = 1;

	SOCKETS_CHECK(
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &least, sizeof least));
}

/* After EAGAIN: WAIT, and just EVENT_WRITE is used up. */
static void
expect_blocked(enum conn_step step, const char *function)
{
	const char *story = "The client did not read, and the kernel could not "
			    "take all bytes: EAGAIN.";

	expect_step(step, CONN_WAIT, text_print("%s %s", story, function),
	            "the rest is sent when there is room again");
	if (bench.conn->source.ready & EVENT_WRITE)
		fail_test("%s After %s EVENT_WRITE is still in the source's "
		          "`ready`. It should be cleared: the loop does not "
		          "ask the kernel about what it holds to be ready, and "
		          "the rest would never be sent.",
		          story, function);
	if (!(bench.conn->source.ready & EVENT_READ))
		fail_test("%s %s cleared EVENT_READ in the source's `ready`, "
		          "which it knows nothing about. Only EVENT_WRITE is "
		          "used up.",
		          story, function);
}

UNIT(1_08, write_keeps_the_rest_for_later, 1,
     "When the client does not read, what the kernel took is counted, and the "
     "next call goes on from there.")
{
	sockets_unix(bench.fds);
	make_narrow(bench.fds[0]);
	open_bench(CONN_WRITING);
	struct buffer *buffer = bench.buffer;
	fill_pattern(buffer->out, 0, sizeof buffer->out);
	buffer->out_end = sizeof buffer->out;

	enum conn_step step = call_write_out();
	size_t taken = sockets_unread(bench.fds[1]);
	if (taken == sizeof buffer->out)
		not_checked("the kernel takes %zu bytes at once even with the "
		            "smallest SO_SNDBUF",
		            taken);
	expect_blocked(step, "conn_write_out()");
	if (buffer->out_end - buffer->out_begin != sizeof buffer->out - taken)
		fail_test("%zu bytes were to be sent, and the kernel took %zu "
		          "of them before it said EAGAIN. After "
		          "conn_write_out() out_begin is %zu and out_end %zu. "
		          "out_begin should be %zu: what is sent is not sent "
		          "again, what is not sent is not lost.",
		          sizeof buffer->out, taken, buffer->out_begin,
		          buffer->out_end, taken);
	bench.conn->source.ready = EVENTS;
	expect_blocked(call_write_out(), "a second call of conn_write_out()");

	size_t got = 0;
	for (int round = 0; round < 100; round++) {
		got += sockets_drain(bench.fds[1], received + got,
		                     sizeof received - got);
		if (step == CONN_GO_ON)
			break;
		bench.conn->source.ready = EVENTS;
		step = call_write_out();
	}
	expect_step(step, CONN_GO_ON,
	            "The client read slowly, until all was sent. The last call "
	            "of conn_write_out()",
	            "nothing is left");
	if (got != sizeof buffer->out)
		fail_test("%zu bytes were to be sent, in several calls of "
		          "conn_write_out(), while the client read slowly. It "
		          "got %zu.",
		          sizeof buffer->out, got);
	expect_pattern(received, got, 0,
	               "Sent in several calls of conn_write_out()");
}

static void
write_to_nobody(off_t file_bytes)
{
	sockets_unix(bench.fds);
	open_bench(CONN_WRITING);
	bench.buffer->out_end = 100;
	bench.conn->answer.file_left_bytes = file_bytes;
	close(bench.fds[1]);
	enum conn_step step = call_write_out();
	expect_step(step, CONN_CLOSED,
	            "The client was gone: send() says EPIPE. conn_write_out()",
	            "nobody is there to send to");
	if (sigpipe_came())
		fail_test("The client was gone, and conn_write_out() sent to "
		          "it%s. The kernel raised SIGPIPE, which ends a "
		          "process that does not ignore it. MSG_NOSIGNAL makes "
		          "send() say EPIPE instead.",
		          file_bytes > 0 ? " what comes before a file" : "");
}

UNIT(1_08, write_to_a_client_that_is_gone, 1,
     "EPIPE, ECONNRESET and any other error end this one connection, and no "
     "SIGPIPE the whole server.")
{
	enum conn_step step;

	block_sigpipe();
	write_to_nobody(0);
	write_to_nobody(5000);

	sockets_tcp(bench.fds);
	open_bench(CONN_WRITING);
	bench.buffer->out_end = 100;
	sockets_reset(bench.fds);
	step = call_write_out();
	expect_step(step, CONN_CLOSED,
	            "The client had reset its connection: send() says "
	            "ECONNRESET. conn_write_out()",
	            "the client is gone");

	sockets_unix(bench.fds);
	open_bench(CONN_WRITING);
	bench.buffer->out_end = 100;
	bench.conn->source.fd = unconnected();
	step = call_write_out();
	expect_step(step, CONN_CLOSED,
	            "The socket was not connected: send() says ENOTCONN. "
	            "conn_write_out()",
	            "an error that is neither EAGAIN nor EINTR does not go "
	            "away");
}

/* Sends a head of 200 bytes over TCP. How many of them has the kernel kept
   back, in the hope for more? It keeps them for 200 ms at most; so a moment's
   delay can look like bytes that were not kept. */
static int
count_kept_back(off_t file_bytes)
{
	const int on = 1;
	int kept;

	sockets_tcp(bench.fds);
	SOCKETS_CHECK(setsockopt(bench.fds[0], IPPROTO_TCP, TCP_NODELAY, &on,
	                         sizeof on));
	open_bench(CONN_WRITING);
	bench.buffer->out_end = 200;
	bench.conn->answer.file_left_bytes = file_bytes;
	enum conn_step step = call_write_out();
	expect_step(step, CONN_GO_ON,
	            "200 bytes were to be sent over TCP. conn_write_out()",
	            "the kernel took them");
	SOCKETS_CHECK(ioctl(bench.fds[0], SIOCOUTQNSD, &kept));
	close(bench.fds[0]);
	close(bench.fds[1]);
	return kept;
}

UNIT(1_08, write_holds_the_head_for_its_file, 1,
     "If a file follows, the kernel is told that there is more; if none does, "
     "it sends at once.")
{
	bool was_kept = false;
	bool was_sent = false;

	for (int i = 0; i < 10 && !was_kept; i++)
		was_kept = count_kept_back(5000) > 0;
	for (int i = 0; i < 10 && !was_sent; i++)
		was_sent = count_kept_back(0) == 0;
	if (!was_sent)
		fail_test("200 bytes were sent over TCP and no file was to "
		          "follow (answer.file_left_bytes is 0). After "
		          "conn_write_out() the kernel still kept them back, "
		          "in the hope for more: the client waits 200 ms for "
		          "a short answer. MSG_MORE is for when a file "
		          "follows.");
	if (!was_kept)
		fail_test("200 bytes were sent over TCP and a file of 5000 "
		          "bytes was to follow (answer.file_left_bytes). "
		          "conn_write_out() let the kernel send them at once, "
		          "in a packet of their own. With MSG_MORE they wait a "
		          "moment, and share a packet with the file's "
		          "beginning.");
}

/* ---- 1.9: conn_write_file() ---- */

static enum conn_step
call_write_file(void)
{
	watchdog("conn_write_file() was called and did not return. It should "
	         "return when all is sent, at EAGAIN, at the end of its turn, "
	         "and when sendfile() says 0: the file is shorter than we "
	         "said.");
	enum conn_step step = conn_write_file(bench.conn);
	watchdog(NULL);
	return step;
}

/* A file of so many bytes of the pattern becomes the answer's. */
static void
open_file(size_t file_bytes, off_t offset, off_t left_bytes)
{
	static char bytes[1 << 20];
	int fd = memfd_create("answer", MFD_CLOEXEC);

	fill_pattern(bytes, 0, file_bytes);
	if (fd == -1 || write(fd, bytes, file_bytes) != (ssize_t)file_bytes)
		fail_test("The test could not be set up: no file in memory "
		          "(%s).",
		          strerror(errno));
	bench.conn->answer.file_fd = fd;
	bench.conn->answer.file_offset = offset;
	bench.conn->answer.file_left_bytes = left_bytes;
}

/* Whoever closes the connection closes its file, too. */
static void
expect_file_open(const char *story)
{
	if (fcntl(bench.conn->answer.file_fd, F_GETFD) == -1)
		fail_test("%s conn_write_file() closed the file "
		          "(answer.file_fd). Its caller does that. Closed "
		          "twice, the number can be another client's by then.",
		          story);
}

UNIT(1_09, file_is_sent_from_its_offset, 1,
     "The part of the file that begins at file_offset is sent, and what was "
     "sent is counted.")
{
	sockets_unix(bench.fds);
	open_bench(CONN_WRITING);
	enum conn_step step = call_write_file();
	expect_step(step, CONN_GO_ON,
	            "There was no file to send (file_left_bytes was 0). "
	            "conn_write_file()",
	            "nothing is left");

	open_file(20000, 1234, 9000);
	step = call_write_file();
	size_t got = sockets_drain(bench.fds[1], received, sizeof received);
	if (got != 9000)
		fail_test("9000 bytes of a file of 20000 were to be sent, from "
		          "offset 1234. The client got %zu.",
		          got);
	expect_pattern(received, got, 1234, "Sent from offset 1234 of a file");
	expect_step(step, CONN_GO_ON,
	            "9000 bytes of a file were to be sent, and the client got "
	            "them. conn_write_file()",
	            "all is sent");
	const struct web_answer *answer = &bench.conn->answer;
	if (answer->file_left_bytes != 0 || answer->file_offset != 10234 ||
	    bench.conn->turn_bytes != 9000)
		fail_test("9000 bytes of a file were sent from offset 1234, in "
		          "a new turn. After conn_write_file() file_left_bytes "
		          "is %lld, file_offset %lld and turn_bytes %zu. They "
		          "should be 0, 10234 and 9000.",
		          (long long)answer->file_left_bytes,
		          (long long)answer->file_offset,
		          bench.conn->turn_bytes);
	expect_file_open("All of a file was sent.");
}

UNIT(1_09, file_goes_on_where_it_stopped, 1,
     "When the client does not read, what the kernel took is counted, and the "
     "next call goes on from there.")
{
	enum { BYTES = 100000, OFFSET = 500 };
	static char got_bytes[BYTES + 1];

	sockets_unix(bench.fds);
	make_narrow(bench.fds[0]);
	open_bench(CONN_WRITING);
	open_file(BYTES + 2 * OFFSET, OFFSET, BYTES);
	const struct web_answer *answer = &bench.conn->answer;

	enum conn_step step = call_write_file();
	size_t taken = sockets_unread(bench.fds[1]);
	if (taken == BYTES)
		not_checked("the kernel takes %zu bytes at once even with the "
		            "smallest SO_SNDBUF",
		            taken);
	expect_blocked(step, "conn_write_file()");
	if (answer->file_left_bytes != (off_t)(BYTES - taken) ||
	    answer->file_offset != (off_t)(OFFSET + taken))
		fail_test("%d bytes of a file were to be sent from offset %d, "
		          "and the kernel took %zu before it said EAGAIN. "
		          "After conn_write_file() file_left_bytes is %lld and "
		          "file_offset %lld. They should be %zu and %zu.",
		          BYTES, OFFSET, taken,
		          (long long)answer->file_left_bytes,
		          (long long)answer->file_offset, BYTES - taken,
		          OFFSET + taken);
	if (bench.conn->turn_bytes != taken)
		fail_test("%d bytes of a file were to be sent, and the kernel "
		          "took %zu before it said EAGAIN. After "
		          "conn_write_file() turn_bytes is %zu. It should be "
		          "%zu: what sendfile() returned is what was sent.",
		          BYTES, taken, bench.conn->turn_bytes, taken);

	size_t got = 0;
	for (int round = 0; round < 1000; round++) {
		got += sockets_drain(bench.fds[1], got_bytes + got,
		                     sizeof got_bytes - got);
		if (step != CONN_WAIT)
			break;
		bench.conn->source.ready = EVENTS;
		bench.conn->turn_bytes = 0;
		step = call_write_file();
	}
	expect_step(step, CONN_GO_ON,
	            "The client read slowly, until all of the file was sent. "
	            "The last call of conn_write_file()",
	            "nothing is left");
	if (got != BYTES)
		fail_test("%d bytes of a file were to be sent, in several "
		          "calls of conn_write_file(), while the client read "
		          "slowly. It got %zu%s.",
		          BYTES, got, got > BYTES ? " or more" : "");
	expect_pattern(got_bytes, got, OFFSET,
	               "Sent in several calls of conn_write_file()");
}

UNIT(1_09, file_leaves_the_turn_to_others, 1,
     "After CONN_TURN_BYTES in a turn the connection calls loop_again() and "
     "waits: the other clients come first.")
{
	sockets_unix(bench.fds);
	open_bench(CONN_WRITING);
	open_file(20000, 0, 5000);
	/* As if most of its share had been sent before. */
	bench.conn->turn_bytes = CONN_TURN_BYTES - 1000;

	enum conn_step step = call_write_file();
	size_t got = sockets_drain(bench.fds[1], received, sizeof received);
	if (got != 1000)
		fail_test("1000 bytes were left of CONN_TURN_BYTES in this "
		          "turn, and 5000 of the file. conn_write_file() sent "
		          "%zu. It should have sent 1000 and left the rest to "
		          "the next turn.",
		          got);
	expect_step(step, CONN_WAIT,
	            "All of CONN_TURN_BYTES had been sent in this turn, and "
	            "4000 bytes of the file were left. conn_write_file()",
	            "other clients have their turn now");
	if (bench.conn->answer.file_left_bytes != 4000)
		fail_test("1000 of 5000 bytes were sent in this turn. After "
		          "conn_write_file() file_left_bytes is %lld.",
		          (long long)bench.conn->answer.file_left_bytes);
	int turns = count_turns();
	if (turns != 1)
		fail_test("conn_write_file() returned CONN_WAIT at the end of "
		          "its share. In the next turn the loop called the "
		          "connection %d times. It should be called once: "
		          "without loop_again() nothing tells the loop that "
		          "there is more to do.",
		          turns);
	bench.conn->turn_bytes = 0; /* a new turn */
	step = call_write_file();
	got += sockets_drain(bench.fds[1], received + got,
	                     sizeof received - got);
	expect_step(step, CONN_GO_ON,
	            "A new turn had begun, and 4000 bytes were left. "
	            "conn_write_file()",
	            "all is sent");
	if (got != 5000)
		fail_test("5000 bytes of a file were sent in two turns. The "
		          "client got %zu.",
		          got);
	expect_pattern(received, got, 0, "Sent in two turns");

	/* More than an int can count, and in its low half next to nothing. */
	const off_t large = ((off_t)1 << 32) + 100;
	sockets_unix(bench.fds);
	open_bench(CONN_WRITING);
	open_file(20000, 0, large);
	bench.conn->turn_bytes = CONN_TURN_BYTES - 1000;
	step = call_write_file();
	expect_step(step, CONN_WAIT,
	            "1000 bytes were left of CONN_TURN_BYTES in this turn, and "
	            "2^32 + 100 of the file. conn_write_file()",
	            "its share is used up, and the rest is for the next turn");
	if (bench.conn->answer.file_left_bytes != large - 1000)
		fail_test("1000 bytes were left of CONN_TURN_BYTES in this "
		          "turn, and 2^32 + 100 of the file. After "
		          "conn_write_file() file_left_bytes is %lld; it "
		          "should be 1000 less than before.",
		          (long long)bench.conn->answer.file_left_bytes);
}

UNIT(1_09, file_that_shrinks_ends_the_connection, 1,
     "A file that has become shorter than was promised, and a client that is "
     "gone, end the connection.")
{
	sockets_unix(bench.fds);
	open_bench(CONN_WRITING);
	open_file(3000, 1000, 2000);
	SOCKETS_CHECK(ftruncate(bench.conn->answer.file_fd, 1400));
	enum conn_step step = call_write_file();
	expect_step(step, CONN_CLOSED,
	            "2000 bytes of a file were promised from offset 1000, and "
	            "meanwhile the file was cut to 1400 bytes: sendfile() sent "
	            "400 and then said 0. conn_write_file()",
	            "the client waits for bytes that do not exist, and only "
	            "the end of the connection can tell it so");
	expect_file_open("A file was shorter than was promised.");

	signal(SIGPIPE, SIG_IGN); /* as in the server */
	sockets_unix(bench.fds);
	open_bench(CONN_WRITING);
	open_file(3000, 0, 3000);
	close(bench.fds[1]);
	step = call_write_file();
	expect_step(step, CONN_CLOSED,
	            "The client was gone: sendfile() says EPIPE. "
	            "conn_write_file()",
	            "nobody is there to send to");
	expect_file_open("The client was gone: sendfile() said EPIPE.");

	sockets_unix(bench.fds);
	open_bench(CONN_WRITING);
	bench.conn->answer.file_left_bytes = 3000;
	step = call_write_file();
	expect_step(step, CONN_CLOSED,
	            "The file was not open (file_fd was -1): sendfile() says "
	            "EBADF. conn_write_file()",
	            "an error that is neither EAGAIN nor EINTR does not go "
	            "away");
}

/* ---- 1.10: conn_next() ---- */

static enum conn_step
call_next(void)
{
	watchdog("An answer had been sent to its end. conn_next() was called "
	         "and did not return.");
	enum conn_step step = conn_next(bench.conn);
	watchdog(NULL);
	return step;
}

/* An answer has just been sent; so much input is left, this is ready. */
static void
after_answer(size_t in_begin, size_t in_end, int ready)
{
	sockets_unix(bench.fds);
	bench.room_count = 0;
	open_bench(CONN_WRITING);
	bench.buffer->in_begin = in_begin;
	bench.buffer->in_end = in_end;
	bench.conn->source.ready = ready;
}

static void
expect_state(enum conn_state expected, const char *story)
{
	if (bench.conn->state != expected)
		fail_test("%s After conn_next() its state is %s. It should be "
		          "%s.",
		          story, state_name(bench.conn->state),
		          state_name(expected));
}

/* It reads on at once, in the buffer as it was. */
static void
expect_reads_on(size_t in_begin, size_t in_end, int ready, const char *story)
{
	expect_state(CONN_READING, story);
	if (bench.conn->buffer != bench.buffer ||
	    bench.buffer->in_begin != in_begin ||
	    bench.buffer->in_end != in_end)
		fail_test("%s in_begin was %zu and in_end %zu. After "
		          "conn_next() they are %zu and %zu%s. They and the "
		          "buffer should be as they were, for the next request "
		          "may lie there.",
		          story, in_begin, in_end, bench.buffer->in_begin,
		          bench.buffer->in_end,
		          bench.conn->buffer == bench.buffer
		                  ? ""
		                  : ", and the buffer is not the same");
	if (bench.conn->source.ready != ready)
		fail_test("%s conn_next() changed the source's `ready`. It has "
		          "read nothing and written nothing: what was ready is "
		          "so still, and will not be announced again.",
		          story);
}

UNIT(1_10, next_reads_on_when_there_is_input, 1,
     "Input that is left, or that is there to be read, is looked at at once: "
     "no event will tell of it.")
{
	const char *story = "An answer was sent, and the client's next request "
			    "lay in the buffer.";

	after_answer(40, 95, EVENT_WRITE);
	enum conn_step step = call_next();
	expect_step(step, CONN_GO_ON, text_print("%s conn_next()", story),
	            "no event of the kernel will tell of bytes in our own "
	            "memory");
	expect_reads_on(40, 95, EVENT_WRITE, story);

	story = "An answer was sent, the buffer's input was used up, and "
		"EVENT_READ was still in `ready`.";
	after_answer(40, 40, EVENTS);
	step = call_next();
	expect_step(step, CONN_GO_ON, text_print("%s conn_next()", story),
	            "what is known to be ready will not be announced again");
	expect_reads_on(40, 40, EVENTS, story);
	if (bench.room_count != 0)
		fail_test("%s conn_next() told on_room() that there is room "
		          "for another client. There is none yet.",
		          story);
}

UNIT(1_10, next_becomes_idle_when_nothing_is_left, 1,
     "With no input the connection is idle: it gives its buffer back and has "
     "its deadline.")
{
	after_answer(40, 40, EVENT_WRITE);
	enum conn_step step = call_next();

	expect_step(step, CONN_GO_ON,
	            "An answer was sent, no input was left, and nothing was "
	            "there to be read. conn_next()",
	            "it is idle, and that state takes the next step");
	expect_state(CONN_IDLE, "An answer was sent, and no input was left.");
	if (bench.conn->buffer != NULL || bench.conns.buffers->taken_count != 0)
		fail_test("An answer was sent, and no input was left. After "
		          "conn_next() the connection still has its buffer, or "
		          "the pool counts %zu buffers as taken. It should be "
		          "given back: an idle connection holds none.",
		          bench.conns.buffers->taken_count);
	if (bench.conn->timer.queue != &bench.conns.idle_timeouts)
		fail_test("An answer was sent, and no input was left. After "
		          "conn_next() the connection's timer does not run in "
		          "idle_timeouts: it could stay for ever.");
	if (bench.room_count == 0)
		fail_test("An answer was sent, and no input was left. "
		          "conn_next() did not call on_room(): a client that "
		          "waits may have an idle one's place.");
	if (count_turns() != 0)
		fail_test("An answer was sent, and no input was left. "
		          "conn_next() called loop_again(), and in the next "
		          "turn the loop called the connection. It has nothing "
		          "to do until something comes.");
}

/* The connection has said its last, but still listens. */
static void
expect_lingers(const char *story)
{
	int64_t begin_ms = timers_now_ms();
	enum conn_step step = call_next();
	int64_t least_ms = begin_ms + bench.conns.linger_timeouts.duration_ms;
	char byte;

	expect_step(step, CONN_GO_ON, text_print("%s conn_next()", story),
	            "the client may still be sending, and a close() with "
	            "unread input resets the connection and can destroy the "
	            "answer");
	expect_state(CONN_LINGERING, story);
	if (recv(bench.fds[1], &byte, 1, MSG_DONTWAIT) != 0)
		fail_test("%s After conn_next() the client does not see the "
		          "end of our stream. It should, after shutdown() with "
		          "SHUT_WR.",
		          story);
	if (send(bench.fds[1], "x", 1, MSG_NOSIGNAL) != 1 ||
	    recv(bench.fds[0], &byte, 1, MSG_DONTWAIT) != 1)
		fail_test("%s After conn_next() nothing can be read from the "
		          "client any more. Only our own direction should be "
		          "shut (SHUT_WR): what still comes is to be read and "
		          "forgotten.",
		          story);
	if (bench.conn->timer.queue != &bench.conns.linger_timeouts)
		fail_test("%s After conn_next() the connection's timer does "
		          "not run in linger_timeouts: a client that does not "
		          "close would keep it for ever.",
		          story);
	if (bench.conn->timer.deadline_ms < least_ms ||
	    bench.conn->timer.deadline_ms > least_ms + 1000 * 60)
		fail_test(
			"%s conn_next() started the connection's timer, "
			"which lasts %lld ms, but its deadline is %lld ms "
			"from now. timers_start() wants the time now.",
			story,
			(long long)bench.conns.linger_timeouts.duration_ms,
			(long long)(bench.conn->timer.deadline_ms - begin_ms));
	if (bench.conn->buffer != bench.buffer)
		fail_test("%s conn_next() gave the buffer away. A lingering "
		          "connection reads what still comes into it.",
		          story);
}

UNIT(1_10, next_lingers_after_the_last_answer, 1,
     "After an answer that closes, our direction is shut and the connection "
     "lingers; unless there can be nothing more from the client.")
{
	after_answer(40, 40, EVENT_WRITE);
	bench.conn->answer.closes = true;
	expect_lingers("The last answer was sent.");

	after_answer(40, 95, EVENTS);
	bench.conn->answer.closes = true;
	expect_lingers("The last answer was sent, and there was more input.");

	after_answer(40, 95, EVENT_WRITE);
	bench.conn->answer.closes = true;
	bench.conn->answer.client_is_done = true;
	expect_lingers("The last answer was sent. The client had said that it "
	               "would send no more (client_is_done), but there was "
	               "more input.");

	after_answer(40, 40, EVENTS);
	bench.conn->answer.closes = true;
	bench.conn->answer.client_is_done = true;
	enum conn_step step = call_next();
	expect_step(step, CONN_CLOSED,
	            "The last answer was sent, by the client's own wish "
	            "(client_is_done), and no input was left. conn_next()",
	            "there is nothing to wait for");

	after_answer(40, 40, EVENT_WRITE);
	close(bench.fds[0]);
	close(bench.fds[1]);
	loop_remove(bench.loop, &bench.conn->source);
	sockets_tcp(bench.fds);
	open_bench(CONN_WRITING);
	sockets_reset(bench.fds);
	bench.conn->answer.closes = true;
	step = call_next();
	expect_step(step, CONN_CLOSED,
	            "The last answer was sent, and the client reset the "
	            "connection: shutdown() fails. conn_next()",
	            "nobody is there to wait for");
}

UNIT(1_10, next_leaves_the_turn_to_others, 1,
     "After CONN_TURN_REQUESTS answers in a turn the connection calls "
     "loop_again() and waits: the other clients come first.")
{
	const char *story = "A client had sent many requests at once.";
	int answers = 0;
	enum conn_step step = CONN_GO_ON;

	after_answer(40, 95, EVENTS);
	while (step == CONN_GO_ON && answers < CONN_TURN_REQUESTS + 1) {
		bench.conn->state = CONN_WRITING; /* the next answer */
		step = call_next();
		answers++;
	}
	if (step == CONN_GO_ON)
		fail_test("%s After %d answers in one turn conn_next() still "
		          "returned CONN_GO_ON. After CONN_TURN_REQUESTS (%d) "
		          "it should return CONN_WAIT: a greedy client would "
		          "keep all others waiting.",
		          story, answers, CONN_TURN_REQUESTS);
	expect_step(step, CONN_WAIT, text_print("%s conn_next()", story),
	            "its turn is over, but not its requests");
	if (answers < CONN_TURN_REQUESTS)
		fail_test("%s conn_next() returned CONN_WAIT after %d answers "
		          "in one turn. It should do so after %d "
		          "(CONN_TURN_REQUESTS).",
		          story, answers, CONN_TURN_REQUESTS);
	expect_reads_on(40, 95, EVENTS, story);
	int turns = count_turns();
	if (turns != 1)
		fail_test("%s conn_next() returned CONN_WAIT at the end of its "
		          "turn. In the next turn the loop called the "
		          "connection %d times. It should be called once: "
		          "without loop_again() nobody will look at requests "
		          "that lie in our own memory.",
		          story, turns);

	bench.conn->state = CONN_WRITING;
	bench.conn->turn_requests = 0; /* a new turn */
	step = call_next();
	expect_step(step, CONN_GO_ON,
	            "In a new turn (turn_requests is 0 again) conn_next()",
	            "its share is there anew");
	bench.conn->turn_requests = CONN_TURN_REQUESTS - 1;
	for (int i = 0; i < 2 && step != CONN_WAIT; i++) { /* 32, or 33 */
		bench.conn->state = CONN_WRITING;
		step = call_next();
	}
	expect_step(
		step, CONN_WAIT,
		"turn_requests was CONN_TURN_REQUESTS - 1, and an answer or "
		"two later conn_next()",
		"the count is the connection's own, in turn_requests");
}
