/*
 * wait.h - waiting for something that can be seen, and giving up at last.
 *
 *	WAIT_UNTIL(proc_fd_count(pid) == before,
 *	           "The client is gone. The server still holds %zu descriptors; "
 *	           "before it came it held %zu.", proc_fd_count(pid), before);
 *
 * - No test sleeps and hopes. It waits until the kernel shows the state it
 *   needs; the deadline only decides when to give up, so it is generous, and
 *   on a slow machine more so: the environment variable PATIENCE is a factor
 *   (the runner measures one if it is not set).
 * - A server that answers nobody would keep every test waiting to the end. When
 *   some have, the runner says so (wait_begin_hurry()), and those that are left
 *   give up sooner.
 * - A server that has ended, or has come upon a function that is not written,
 *   will not do any more what is awaited: a second later the waiting is over.
 * - A failure says what state was seen. The arguments of the message are
 *   evaluated after the deadline.
 */
#ifndef HARNESS_WAIT_H
#define HARNESS_WAIT_H

#include "graded.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	WAIT_GIVE_UP_MS = 8000, /* times patience */
	WAIT_HURRY_MS = 3000,   /* the same in a hurry */
	WAIT_IN_VAIN_MS = 1000, /* the same when there is no hope left */
};

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t wait_now_ms(void);

/* How much slower than usual this machine is: 1 or more. */
double wait_patience(void);

/* The time at which to give up something begun now. */
int64_t wait_deadline_ms(void);

/* Is it time to give up? */
bool wait_is_over(int64_t deadline_ms);

/* For subject.c: says whether there is still somebody to wait for. */
void wait_ask(bool (*has_hope)(void));

/* What this test waits for takes that long by right: deadlines are later by as
   much from now on. */
void wait_expect_ms(int64_t ms);

/* For the runner, before tests run and in the midst of them. */
void wait_end_hurry(void);
void wait_begin_hurry(void);
bool wait_is_hurried(void);

/* A moment between two looks, well below a millisecond. */
void wait_nap(void);

/* Looks again and again until the condition holds; fails the test with the
   message when it does not in time. */
#define WAIT_UNTIL(condition, ...)                                             \
	do {                                                                   \
		int64_t wait_until_ms_ = wait_deadline_ms();                   \
		while (!(condition)) {                                         \
			if (wait_is_over(wait_until_ms_) && !(condition))      \
				fail_test(__VA_ARGS__);                        \
			wait_nap();                                            \
		}                                                              \
	} while (0)

/* Waits for the condition in the same way; says whether it came true. */
#define WAIT_FOR(condition)                                                    \
	__extension__({                                                        \
		int64_t wait_until_ms_ = wait_deadline_ms();                   \
		bool wait_came_;                                               \
		while (!(wait_came_ = (condition)) &&                          \
		       !wait_is_over(wait_until_ms_))                          \
			wait_nap();                                            \
		wait_came_ || (condition);                                     \
	})

#endif
