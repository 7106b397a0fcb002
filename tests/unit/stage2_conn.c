/*
 * stage2_conn.c - exercise 2.7: reading, when an event is told only once.
 */
#include "conn.h"
#include "harness/graded.h"
#include "sockets.h"
#include "watchdog.h"

static struct buffer buffer;
static struct conn conn;
static int client;

static void
open_conn(void)
{
	int fds[2];

	sockets_unix(fds);
	client = fds[1];
	conn = (struct conn){
		.source = {.fd = fds[0],
	                   .wants = EVENT_READ,
	                   .ready = EVENT_READ | EVENT_WRITE},
		.state = CONN_READING,
		.buffer = &buffer,
	};
}

static enum conn_step
read_once(const char *story)
{
	watchdog(story);
	enum conn_step step = conn_read(&conn);
	watchdog(NULL);
	return step;
}

static const char *
step_text(enum conn_step step)
{
	switch (step) {
	case CONN_WAIT:
		return "CONN_WAIT";
	case CONN_GO_ON:
		return "CONN_GO_ON";
	case CONN_CLOSED:
		return "CONN_CLOSED";
	default:
		return text_print("%d", step);
	}
}

UNIT(2_07, more_is_there_than_fits, 2,
     "As long as more may be there, EVENT_READ stays in `ready`: it will not "
     "be "
     "told again.")
{
	char bytes[100] = {0};

	open_conn();
	SOCKETS_CHECK(send(client, bytes, sizeof bytes, 0));
	buffer.in_end = sizeof buffer.in - 60; /* there is room for 60 */
	enum conn_step step =
		read_once("100 bytes came, and there was room for "
	                  "60. conn_read() was called.");
	if (step != CONN_GO_ON || buffer.in_end != sizeof buffer.in)
		fail_test(
			"100 bytes came, and there was room for 60. "
			"conn_read() returned %s, and %zu are there. It "
			"should have returned CONN_GO_ON and filled the room: "
			"it has not met the end of what lies there.",
			step_text(step),
			buffer.in_end - (sizeof buffer.in - 60));
	if (!(conn.source.ready & EVENT_READ))
		fail_test("100 bytes came, and there was room for 60: 40 are "
		          "left. conn_read() cleared EVENT_READ in `ready`. "
		          "Edge-triggered, nobody will tell of those 40.");
}

UNIT(2_07, the_end_may_lie_behind, 2,
     "With EVENT_HANGUP in `ready`, a short read does not mean that nothing "
     "more is there: the end is.")
{
	open_conn();
	conn.source.ready |= EVENT_HANGUP;
	SOCKETS_CHECK(send(client, "GET", 3, 0));
	shutdown(client, SHUT_WR);
	enum conn_step first =
		read_once("3 bytes and the end came. conn_read() "
	                  "was called.");
	if (first != CONN_GO_ON || !(conn.source.ready & EVENT_READ))
		fail_test("3 bytes and the end of the stream came, and "
		          "EVENT_HANGUP says so. conn_read() returned %s, and "
		          "EVENT_READ is %s `ready`. It should have returned "
		          "CONN_GO_ON and left EVENT_READ there: the end is "
		          "still to be read.",
		          step_text(first),
		          conn.source.ready & EVENT_READ ? "in" : "not in");
	enum conn_step second = read_once("Only the end was left. conn_read() "
	                                  "was called.");
	if (second != CONN_CLOSED)
		fail_test("Only the end of the stream was left. conn_read() "
		          "returned %s. It should have returned CONN_CLOSED.",
		          step_text(second));
}
