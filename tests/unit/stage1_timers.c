/*
 * stage1_timers.c - exercises 1.11 and 1.12: the nearest deadline, and what
 * happens when it has come.
 *
 * The clock is the test's: timers are told what time it is.
 */
#include "harness/graded.h"
#include "timers.h"
#include "watchdog.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Nobody ends these. */
static void
on_timeout_never(struct timer *timer)
{
	(void)timer;
}

static void
start(struct timer_queue *queue, struct timer *timer, int64_t now_ms)
{
	timers_prepare(timer, on_timeout_never);
	timers_start(queue, timer, now_ms);
}

/* ---- 1.12: timers_wait_ms() ---- */

static void
expect_wait(const struct timers *timers, int64_t now_ms, int expected,
            const char *story)
{
	watchdog("timers_wait_ms() was called and did not return.");
	int wait_ms = timers_wait_ms(timers, now_ms);
	watchdog(NULL);
	if (wait_ms != expected)
		fail_test("%s At %lld ms timers_wait_ms() returned %d. It "
		          "should have returned %d.",
		          story, (long long)now_ms, wait_ms, expected);
}

UNIT(1_12, wait_is_until_the_earliest_of_all_queues, 1,
     "The loop may sleep until the earliest deadline, whichever queue it is "
     "in.")
{
	struct timers timers;
	struct timer_queue slow, empty, quick, middling;
	struct timer timer[5];

	timers_init(&timers);
	timers_add_queue(&timers, &slow, 60000);
	timers_add_queue(&timers, &empty, 1);
	timers_add_queue(&timers, &quick, 2000);
	timers_add_queue(&timers, &middling, 10000);
	start(&slow, &timer[0], 100000);
	expect_wait(&timers, 100000, 60000,
	            "One timer was started at 100000 ms in a queue of 60000 "
	            "ms.");
	start(&middling, &timer[1], 101000);
	start(&quick, &timer[2], 103000);
	start(&quick, &timer[3], 104000);
	start(&middling, &timer[4], 104000);
	expect_wait(&timers, 104000, 1000,
	            "Five timers run in three queues (a fourth one is empty). "
	            "Their deadlines are 160000, 111000, 105000, 106000 and "
	            "114000 ms.");
	timers_stop(&timer[2]);
	timers_stop(&timer[3]);
	expect_wait(&timers, 104000, 7000,
	            "Five timers ran; two were stopped again. Deadlines of "
	            "those that run: 160000, 111000 and 114000 ms.");
	timers_stop(&timer[1]);
	timers_stop(&timer[4]);
	expect_wait(&timers, 159999, 1,
	            "All timers were stopped but one; its deadline is 160000 "
	            "ms.");
}

UNIT(1_12, wait_without_a_timer_has_no_end, 1,
     "With no timer running the loop may sleep for ever (-1); with a deadline "
     "that has passed, not at all (0).")
{
	struct timers timers;
	struct timer_queue queue, other;
	struct timer timer;

	timers_init(&timers);
	expect_wait(&timers, 5000, -1, "There was no queue.");
	timers_add_queue(&timers, &queue, 100);
	timers_add_queue(&timers, &other, 1000000);
	expect_wait(&timers, 5000, -1, "No timer was running.");
	start(&queue, &timer, 5000);
	expect_wait(&timers, 5100, 0,
	            "One timer was running; its deadline was 5100 ms.");
	expect_wait(&timers, 5101, 0,
	            "One timer was running; its deadline was 5100 ms.");
	timers_stop(&timer);
	expect_wait(&timers, 5101, -1, "The only timer was stopped again.");
	for (int deadline_ms = -1; deadline_ms <= 1; deadline_ms++) {
		start(&queue, &timer, deadline_ms - 100);
		expect_wait(&timers, deadline_ms - 30, 30,
		            text_print("One timer was running; its deadline "
		                       "was %d ms: no number is too small.",
		                       deadline_ms));
		timers_stop(&timer);
	}
}

UNIT(1_12, wait_fits_into_an_int, 1,
     "A time too long for an int becomes INT_MAX, a deadline long past 0.")
{
	struct timers timers;
	struct timer_queue quick, slow;
	struct timer timer, late;
	const int64_t year_ms = (int64_t)365 * 24 * 3600 * 1000;

	timers_init(&timers);
	timers_add_queue(&timers, &slow, year_ms);
	timers_add_queue(&timers, &quick, 10);
	start(&slow, &timer, 1000);
	expect_wait(&timers, 1000, INT_MAX,
	            "One timer was started at 1000 ms and runs for a year, "
	            "31536000000 ms: more than INT_MAX.");
	expect_wait(&timers, 1000 + year_ms - INT_MAX, INT_MAX,
	            "One timer was running, with INT_MAX ms to go.");
	expect_wait(&timers, 1001 + year_ms - INT_MAX, INT_MAX - 1,
	            "One timer was running, with INT_MAX - 1 ms to go.");
	start(&quick, &late, 2000);
	expect_wait(&timers, 2000 + year_ms / 2, 0,
	            "Two timers were running: one had half a year to go, the "
	            "other one's deadline had passed half a year ago.");
}

/* ---- 1.11: timers_expire() ---- */

enum { TIMER_COUNT = 6 };

static struct timers timers;
static struct timer_queue queues[3]; /* of 100 ms, of 1000 ms, of 50 days */
static struct timer timer[TIMER_COUNT];
static int calls[TIMER_COUNT];
static char order[TIMER_COUNT * 4]; /* digits: who was called, in order */
static bool was_running; /* some timer was, when its callback was called */
static int64_t clock_ms; /* the time now, as timers_expire() was told it */

static void
on_timeout(struct timer *ended)
{
	size_t index = (size_t)(ended - timer);

	calls[index]++;
	if (ended->queue != NULL)
		was_running = true;
	if (strlen(order) < sizeof order - 1)
		order[strlen(order)] = (char)('0' + index);
}

static void
begin_expire(void)
{
	timers_init(&timers);
	timers_add_queue(&timers, &queues[0], 100);
	timers_add_queue(&timers, &queues[1], 1000);
	for (int i = 0; i < TIMER_COUNT; i++)
		timers_prepare(&timer[i], on_timeout);
}

static void
expire(int64_t now_ms)
{
	watchdog("Some timers were due. timers_expire() was called and did not "
	         "return. Stop a timer before you call its on_timeout, and "
	         "look at the queue anew after it.");
	clock_ms = now_ms;
	timers_expire(&timers, now_ms);
	watchdog(NULL);
}

UNIT(1_11, expire_calls_all_that_are_due, 1,
     "Every timer whose deadline has come is stopped and then called, once; no "
     "other one is.")
{
	begin_expire();
	timers_start(&queues[1], &timer[0], 0);    /* ends at 1000 */
	timers_start(&queues[1], &timer[1], 500);  /* 1500 */
	timers_start(&queues[0], &timer[2], 800);  /* 900 */
	timers_start(&queues[0], &timer[3], 900);  /* 1000 */
	timers_start(&queues[0], &timer[4], 901);  /* 1001 */
	timers_start(&queues[1], &timer[5], 1000); /* 2000 */
	expire(899);
	if (order[0] != '\0')
		fail_test("The earliest deadline was 900 ms. timers_expire() "
		          "at 899 ms called a timer's on_timeout. It should "
		          "have called none.");
	expire(1000);
	for (int i = 0; i < TIMER_COUNT; i++) {
		static const int deadline_ms[] = {1000, 1500, 900,
		                                  1000, 1001, 2000};
		int expected = deadline_ms[i] <= 1000;
		if (calls[i] != expected)
			fail_test("Six timers ran in two queues. A timer whose "
			          "deadline was %d ms had its on_timeout "
			          "called %d times by timers_expire() at 1000 "
			          "ms. It should have been called %s: due is "
			          "whose deadline is now_ms or earlier.",
			          deadline_ms[i], calls[i],
			          expected ? "once" : "not at all");
		if ((timer[i].queue == NULL) != expected)
			fail_test("After timers_expire() at 1000 ms a timer "
			          "whose deadline is %d ms is %s. It should "
			          "be %s.",
			          deadline_ms[i],
			          expected ? "still running" : "stopped",
			          expected ? "stopped" : "still running");
	}
	if (was_running)
		fail_test("timers_expire() called the on_timeout of a timer "
		          "that was still running. It should have stopped it "
		          "before: the callback may start it again, or free "
		          "what it lies in.");
	expire(5000);
	for (int i = 0; i < TIMER_COUNT; i++) {
		if (calls[i] != 1)
			fail_test("All six timers were due, some at 1000 ms "
			          "and the others at 5000 ms. The on_timeout "
			          "of one was called %d times in all. It "
			          "should have been called once.",
			          calls[i]);
	}

	/* After 24.8 days, in ms, an int is full. */
	const int64_t full_ms = INT_MAX;
	timers_add_queue(&timers, &queues[2], 2 * full_ms - 100);
	timers_start(&queues[0], &timer[0], full_ms - 50);
	timers_start(&queues[2], &timer[1], full_ms - 50);
	expire(full_ms - 10);
	if (calls[0] != 1 || calls[1] != 1)
		fail_test("It was %lld ms, and two timers ran until %lld and "
		          "%lld ms. timers_expire() called the on_timeout of "
		          "the %s. Neither is due: the times have 64 bits, and "
		          "so have their differences.",
		          (long long)full_ms - 10,
		          (long long)timer[0].deadline_ms,
		          (long long)timer[1].deadline_ms,
		          calls[0] != 1 ? "first" : "second");
}

/* What callbacks do in the next test. */
static struct timer *freed_timer;

static void
on_timeout_restart(struct timer *ended)
{
	on_timeout(ended);
	timers_start(&queues[0], ended, clock_ms);
}

static void
on_timeout_stop_others(struct timer *ended)
{
	on_timeout(ended);
	timers_stop(&timer[2]);
	timers_stop(&timer[5]);
}

static void
on_timeout_free(struct timer *ended)
{
	memset(ended, 0xa5, sizeof *ended); /* whoever looks will notice */
	free(ended);
	freed_timer = NULL;
}

UNIT(1_11, expire_lets_callbacks_change_timers, 1,
     "A callback may start its timer again, stop others and free what its "
     "timer lies in.")
{
	begin_expire();
	timer[0].on_timeout = on_timeout_restart;
	timer[1].on_timeout = on_timeout_stop_others;
	freed_timer = malloc(sizeof *freed_timer);
	timers_prepare(freed_timer, on_timeout_free);

	/* In the order of their deadlines; queue 0: 0 (starts again), 1 (stops
	   2 and 5), 2, one that frees itself, 3, 5. Queue 1: 4. */
	timers_start(&queues[1], &timer[4], -800);
	timers_start(&queues[0], &timer[0], 100);
	timers_start(&queues[0], &timer[1], 200);
	timers_start(&queues[0], &timer[2], 300);
	timers_start(&queues[0], freed_timer, 400);
	timers_start(&queues[0], &timer[3], 500);
	timers_start(&queues[0], &timer[5], 600);
	expire(1000);

	if (calls[0] != 1 || timer[0].queue != &queues[0] ||
	    timer[0].deadline_ms != 1100)
		fail_test("A timer's on_timeout started the timer again, for "
		          "1100 ms. timers_expire() at 1000 ms called it %d "
		          "times, and afterwards the timer %s. It should have "
		          "called it once, and let it run.",
		          calls[0],
		          timer[0].queue == NULL ? "was stopped" : "ran");
	if (calls[2] != 0 || calls[5] != 0)
		fail_test("Several timers of a queue were due. The on_timeout "
		          "of one stopped two of those behind it. "
		          "timers_expire() called a stopped timer all the "
		          "same (those called, in order: %s; 1 had stopped 2 "
		          "and 5). After each callback look at the queue "
		          "anew: who is the oldest now?",
		          order);
	if (calls[1] != 1 || calls[3] != 1 || calls[4] != 1 ||
	    freed_timer != NULL)
		fail_test("Five timers were due; their callbacks started, "
		          "stopped and freed timers. timers_expire() did not "
		          "call all of them once (called, in order: %s; there "
		          "should be 0, 1, 3 and 4). After each callback look "
		          "at the queue anew, until the oldest is not due.",
		          order);
	expire(1100);
	if (calls[0] != 2)
		fail_test("A timer that was started again by its on_timeout, "
		          "for 1100 ms, has been called %d times after "
		          "timers_expire() at 1100 ms. It should have been "
		          "called twice.",
		          calls[0]);
}
