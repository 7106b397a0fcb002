/*
 * stage2_signals.c - exercises 2.5 and 2.6: signals as events.
 */
#include "harness/graded.h"
#include "harness/proc.h"
#include "signals.h"
#include "sockets.h"
#include "watchdog.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static struct loop *loop;
static struct signals signals;

static void
open_signals(void)
{
	sigset_t watched;

	loop = loop_open();
	sigemptyset(&watched);
	sigaddset(&watched, SIGUSR1);
	sigaddset(&watched, SIGTERM);
	if (signals_open(&signals, loop, &watched) != 0)
		fail_test("signals_open() returned -1 (%s). It should have "
		          "returned 0.",
		          strerror(errno));
}

/* Sends us a signal that, if it is not blocked, would end the test. */
static void
raise_watched(int signal_number)
{
	if (!proc_signal_is(getpid(), "SigBlk", signal_number))
		fail_test("After signals_open() the watched signal %d is not "
		          "blocked. It would do what it always does, here: "
		          "end the process; a signalfd never hears of it. "
		          "sigprocmask() with SIG_BLOCK comes first.",
		          signal_number);
	kill(getpid(), signal_number);
}

UNIT(2_05, watched_signals_are_blocked, 3,
     "The watched signals are blocked, others are not, and SIGPIPE is ignored.")
{
	sigset_t before;

	sigemptyset(&before);
	sigaddset(&before, SIGWINCH);
	sigprocmask(SIG_BLOCK, &before, NULL);
	open_signals();
	raise_watched(SIGUSR1);
	raise_watched(SIGTERM);
	if (!proc_signal_is(getpid(), "SigBlk", SIGWINCH))
		fail_test("SIGWINCH was blocked before signals_open(), and is "
		          "not any more. SIG_BLOCK adds to the mask; "
		          "SIG_SETMASK throws the old one away.");
	if (proc_signal_is(getpid(), "SigBlk", SIGUSR2))
		fail_test("signals_open() was given SIGUSR1 and SIGTERM. "
		          "SIGUSR2 is blocked now too; nobody asked for that.");
	if (!proc_signal_is(getpid(), "SigIgn", SIGPIPE))
		fail_test("After signals_open() SIGPIPE is not ignored: the "
		          "first client that goes away ends the server.");
}

UNIT(2_05, signal_wakes_the_loop, 3,
     "A watched signal is an event: loop_wait() returns, and the source of the "
     "signals is ready.")
{
	open_signals();
	loop_wait(loop, 0);
	raise_watched(SIGUSR1);
	watchdog("SIGUSR1 was watched, and came. loop_wait(-1) was called.");
	int count = loop_wait(loop, -1);
	watchdog(NULL);
	if (count != 1 || !(signals.source.ready & EVENT_READ))
		fail_test("A watched signal came. loop_wait() returned %d, and "
		          "the `ready` of the signals' source is %u. It should "
		          "have returned 1 and marked EVENT_READ there.",
		          count, signals.source.ready);
	watchdog("A watched signal came, and loop_wait() returned. "
	         "loop_dispatch() was called, which calls the handler of the "
	         "signals' source: on_event().");
	loop_dispatch(loop);
	watchdog(NULL);
}

UNIT(2_05, signalfd_is_ours_alone, 2,
     "The descriptor does not block and is not inherited; the old mask is kept "
     "for signals_close().")
{
	open_signals();
	int fd = signals.source.fd;
	int flags = proc_fd_flags(getpid(), fd);
	if (!(flags & O_NONBLOCK) || !(flags & O_CLOEXEC))
		fail_test("The signals' descriptor %d %s. It should have "
		          "SFD_NONBLOCK and SFD_CLOEXEC.",
		          fd,
		          flags & O_NONBLOCK ? "is not close-on-exec"
		                             : "blocks when it is read");
	if (signals.loop != loop)
		fail_test("signals_open() was given a loop, and signals->loop "
		          "is not that. signals_close() takes the source out "
		          "of it.");
	signals_close(&signals);
	if (proc_signal_is(getpid(), "SigBlk", SIGUSR1))
		fail_test(
			"SIGUSR1 was not blocked before signals_open(), and is "
			"after signals_close(). The mask that sigprocmask() "
			"had before belongs into mask_before.");
}

UNIT(2_06, signals_are_taken_one_by_one, 4,
     "signals_next() returns each signal that has come, and then 0.")
{
	open_signals();
	raise_watched(SIGTERM);
	raise_watched(SIGUSR1);
	loop_wait(loop, 0);
	watchdog("Two signals came. signals_next() was called three times.");
	int first = signals_next(&signals);
	int second = signals_next(&signals);
	int third = signals_next(&signals);
	watchdog(NULL);
	bool both = (first == SIGTERM && second == SIGUSR1) ||
	            (first == SIGUSR1 && second == SIGTERM);
	if (!both || third != 0)
		fail_test("SIGTERM (15) and SIGUSR1 (10) came. signals_next() "
		          "returned %d, %d and %d. It should have returned "
		          "both, and then 0.",
		          first, second, third);
	if (signals.source.ready & EVENT_READ)
		fail_test("signals_next() returned 0: all are taken. But "
		          "EVENT_READ is still in `ready`.");
}

UNIT(2_06, no_signal_no_waiting, 2,
     "signals_next() returns 0 at once when no signal has come.")
{
	open_signals();
	loop_wait(loop, 0);
	watchdog("No signal came. signals_next() was called.");
	int number = signals_next(&signals);
	signals.source.ready |= EVENT_READ; /* as if one had */
	int again = signals_next(&signals);
	watchdog(NULL);
	if (number != 0 || again != 0)
		fail_test("No signal came. signals_next() returned %d and %d; "
		          "it should have returned 0.",
		          number, again);

	raise_watched(SIGUSR1); /* and the loop has not heard of it yet */
	int unheard = signals_next(&signals);
	loop_wait(loop, 0);
	int heard = signals_next(&signals);
	if (unheard != 0 || heard != SIGUSR1)
		fail_test(
			"SIGUSR1 came, and EVENT_READ was not in `ready` yet. "
			"signals_next() returned %d, and after loop_wait() "
			"%d. It should have returned 0 and then SIGUSR1 "
			"(10): without EVENT_READ there is nothing to read, "
			"and a read() in every turn is a system call in "
			"every turn.",
			unheard, heard);
}
