/*
 * given_signals.c - signals are taken when the loop is ready for them.
 */
#include "harness/graded.h"
#include "signals.h"
#include "sockets.h"
#include "watchdog.h"

#include <signal.h>

enum { TURNS = 1000 };

static struct loop *loop;
static struct signals signals;
static sigset_t mask_before;

static void
open_signals(void)
{
	sigset_t watched;

	loop = loop_open();
	sigemptyset(&watched);
	sigaddset(&watched, SIGTERM);
	sigaddset(&watched, SIGINT);
	sigprocmask(SIG_BLOCK, NULL, &mask_before);
	SOCKETS_CHECK(signals_open(&signals, loop, &watched));
}

/* Turns the loop, as server_run() does, until there is a signal; 0: there was
   none in `turns` turns. */
static int
turn_until_signal(int turns, int timeout_ms)
{
	for (int i = 0; i < turns; i++) {
		watchdog("The loop was to take a turn, and did not return from "
		         "it.");
		if (loop_wait(loop, timeout_ms) == -1)
			fail_test("loop_wait() failed: %s.", strerror(errno));
		loop_dispatch(loop);
		watchdog(NULL);
		int signal_number = signals_next(&signals);
		if (signal_number != 0)
			return signal_number;
	}
	return 0;
}

static void
expect_signal(int got, int expected, const char *story)
{
	if (got != expected)
		fail_test("%s signals_next() said %d (0: none). It should have "
		          "said %d.",
		          story, got, expected);
}

GIVEN(signals_are_taken_once,
      "A signal that was sent is taken with signals_next(), once.")
{
	open_signals();
	expect_signal(turn_until_signal(40, 0), 0, "No signal was sent.");
	kill(getpid(), SIGTERM);
	expect_signal(turn_until_signal(TURNS, 1), SIGTERM,
	              "SIGTERM was sent.");
	expect_signal(turn_until_signal(40, 0), 0,
	              "SIGTERM was sent once and taken.");
}

GIVEN(signals_wake_the_loop,
      "A signal ends loop_wait(), which is no error; nothing happens outside "
      "it.")
{
	open_signals();
	kill(getpid(), SIGINT);
	kill(getpid(), SIGTERM);
	/* With no timeout it would be asleep for ever. */
	int first = turn_until_signal(TURNS, -1);
	int second = turn_until_signal(TURNS, 1);
	if (first + second != SIGINT + SIGTERM || first == second)
		fail_test("SIGINT (%d) and SIGTERM (%d) were sent. "
		          "signals_next() said %d and %d. It should have said "
		          "each of them once.",
		          SIGINT, SIGTERM, first, second);
}

/* It has something to do in each turn, and always something to read. */
static void
on_event_busy(struct event_source *source)
{
	source->ready &= ~EVENT_READ;
	loop_again(loop, source);
}

GIVEN(signals_are_taken_by_a_busy_loop,
      "A signal is taken though a descriptor is ready in every single turn.")
{
	struct event_source busy = {.wants = EVENT_READ,
	                            .on_event = on_event_busy};
	int fds[2];

	open_signals();
	sockets_unix(fds);
	SOCKETS_CHECK(send(fds[1], "x", 1, 0));
	busy.fd = fds[0];
	SOCKETS_CHECK(loop_add(loop, &busy));
	expect_signal(turn_until_signal(40, -1), 0, "No signal was sent.");
	kill(getpid(), SIGTERM);
	expect_signal(turn_until_signal(TURNS, -1), SIGTERM,
	              "SIGTERM was sent to a loop that always has something "
	              "to do; it has taken 1000 turns.");
}

GIVEN(signals_ignore_sigpipe,
      "A write to whom nobody listens any more says EPIPE and kills nobody.")
{
	sigset_t pending;
	int fds[2];

	signal(SIGPIPE, SIG_DFL);
	open_signals();
	SOCKETS_CHECK(pipe(fds));
	close(fds[0]);
	ssize_t written = write(fds[1], "x", 1);
	sigpending(&pending);
	if (written != -1 || errno != EPIPE || sigismember(&pending, SIGPIPE))
		fail_test("After signals_open() a write into a pipe without a "
		          "reader returned %zd (%s). It should have failed "
		          "with EPIPE.",
		          written, strerror(errno));
}

GIVEN(signals_close_restores_the_mask,
      "After signals_close() what is blocked is as it was before.")
{
	sigset_t mask;

	open_signals();
	sigprocmask(SIG_BLOCK, NULL, &mask);
	if (!sigismember(&mask, SIGTERM) || !sigismember(&mask, SIGINT))
		fail_test("After signals_open() the watched signals are not "
		          "blocked: one could come at any moment.");
	signals_close(&signals);
	sigprocmask(SIG_BLOCK, NULL, &mask);
	for (int number = 1; number < 32; number++) {
		if (sigismember(&mask, number) !=
		    sigismember(&mask_before, number))
			fail_test("After signals_close() signal %d is %s; "
			          "before signals_open() it was not so.",
			          number,
			          sigismember(&mask, number) ? "blocked"
			                                     : "not blocked");
	}
}
