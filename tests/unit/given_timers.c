/*
 * given_timers.c - starting and stopping timers; the clock.
 */
#include "harness/graded.h"
#include "timers.h"

#include <time.h>

static struct timers timers;
static struct timer_queue quick, slow;
static struct timer timer[3];

static void
on_timeout_never(struct timer *ended)
{
	(void)ended;
}

static void
prepare(void)
{
	timers_init(&timers);
	timers_add_queue(&timers, &quick, 10);
	timers_add_queue(&timers, &slow, 1000);
	for (int i = 0; i < 3; i++)
		timers_prepare(&timer[i], on_timeout_never);
}

static void
expect_oldest(const struct timer_queue *queue, const struct timer *expected,
              const char *story)
{
	const struct timer *oldest = timers_oldest(queue);

	if (oldest != expected)
		fail_test("%s timers_oldest() returned %s. It should have "
		          "returned %s.",
		          story, oldest == NULL ? "NULL" : "another timer",
		          expected == NULL ? "NULL" : "the one left");
}

GIVEN(timers_are_oldest_first,
      "The oldest timer of a queue is the one started first.")
{
	prepare();
	expect_oldest(&quick, NULL, "No timer was started.");
	timers_start(&quick, &timer[0], 100);
	timers_start(&slow, &timer[1], 100);
	timers_start(&quick, &timer[2], 101);
	expect_oldest(&quick, &timer[0], "Two timers run.");
	expect_oldest(&slow, &timer[1], "One timer runs in the other queue.");
	cr_assert(timer[0].deadline_ms == 110 && timer[1].deadline_ms == 1100 &&
	                  timer[2].deadline_ms == 111,
	          "A deadline is the time of the start and the queue's "
	          "duration.");
	timers_stop(&timer[0]);
	expect_oldest(&quick, &timer[2], "The oldest was stopped.");
	cr_assert(timer[0].queue == NULL, "A stopped timer has no queue.");
	timers_stop(&timer[0]);
	timers_stop(&timer[2]);
	expect_oldest(&quick, NULL, "All were stopped, one of them twice.");
}

GIVEN(timers_start_again_moves,
      "A timer that is started again has a new deadline, and is in one queue "
      "only.")
{
	prepare();
	timers_start(&quick, &timer[0], 100);
	timers_start(&quick, &timer[1], 101);
	timers_start(&quick, &timer[0], 105);
	expect_oldest(&quick, &timer[1], "The first was started again.");
	cr_assert_eq(timer[0].deadline_ms, 115);
	timers_start(&slow, &timer[1], 105);
	expect_oldest(&quick, &timer[0], "One went to another queue.");
	expect_oldest(&slow, &timer[1], "One came from another queue.");
	cr_assert(timer[1].queue == &slow && timer[1].deadline_ms == 1105);
}

GIVEN(timers_clock_is_monotonic, "timers_now_ms() is CLOCK_MONOTONIC in ms.")
{
	struct timespec before, after;

	clock_gettime(CLOCK_MONOTONIC, &before);
	int64_t now_ms = timers_now_ms();
	clock_gettime(CLOCK_MONOTONIC, &after);
	int64_t least_ms =
		(int64_t)before.tv_sec * 1000 + before.tv_nsec / 1000000;
	int64_t most_ms =
		(int64_t)after.tv_sec * 1000 + after.tv_nsec / 1000000;
	if (now_ms < least_ms || now_ms > most_ms)
		fail_test("timers_now_ms() returned %lld between %lld and "
		          "%lld.",
		          (long long)now_ms, (long long)least_ms,
		          (long long)most_ms);
}
