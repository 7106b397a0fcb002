/*
 * timers.c - deadlines in the order in which they were set.
 */
#include "timers.h"

#include <assert.h>
#include <limits.h>
#include <stddef.h>
#include <time.h>

int64_t
timers_now_ms(void)
{
	struct timespec now;

	int result = clock_gettime(CLOCK_MONOTONIC, &now);
	assert(result == 0); /* every Linux has this clock */
	(void)result;
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
timers_init(struct timers *timers)
{
	timers->queues = NULL;
}

void
timers_add_queue(struct timers *timers, struct timer_queue *queue,
                 int64_t duration_ms)
{
	list_init(&queue->running);
	queue->duration_ms = duration_ms;
	queue->next = timers->queues;
	timers->queues = queue;
}

void
timers_prepare(struct timer *timer, void (*on_timeout)(struct timer *timer))
{
	list_init(&timer->link);
	timer->queue = NULL;
	timer->deadline_ms = 0;
	timer->on_timeout = on_timeout;
}

void
timers_start(struct timer_queue *queue, struct timer *timer, int64_t now_ms)
{
	timers_stop(timer);
	timer->queue = queue;
	timer->deadline_ms = now_ms + queue->duration_ms;
	list_add_last(&queue->running, &timer->link);
}

void
timers_stop(struct timer *timer)
{
	list_remove(&timer->link);
	timer->queue = NULL;
}

struct timer *
timers_oldest(const struct timer_queue *queue)
{
	if (list_is_empty(&queue->running))
		return NULL;
	return LIST_ITEM(queue->running.next, struct timer, link);
}

/*
 * Exercise 1.11 - Expire.
 *
 * In each queue: while the oldest timer's deadline is now_ms or earlier, stops
 * that timer and then calls its on_timeout. In this order, since the callback
 * may start the timer again, or free what it lies in. A callback may also stop
 * other timers: look at the queue anew after each.
 *
 * Until written: return;
 */
void
timers_expire(struct timers *timers, int64_t now_ms)
{
	for (struct timer_queue *queue = timers->queues; queue != NULL;
	     queue = queue->next) {
		struct timer *oldest = timers_oldest(queue);
		while (oldest != NULL && oldest->deadline_ms <= now_ms) {
			timers_stop(oldest);
			oldest->on_timeout(oldest);
			oldest = timers_oldest(queue);
		}
	}
}

/*
 * Exercise 1.12 - The nearest deadline.
 *
 * Looks at the oldest timer of each queue: no other one can end earlier.
 * Returns the ms from now_ms until the earliest of these deadlines, 0 if it has
 * passed already, at most INT_MAX, and -1 if no timer runs: the loop may then
 * sleep until something happens.
 *
 * Until written: return -1;
 */
int
timers_wait_ms(const struct timers *timers, int64_t now_ms)
{
	int64_t earliest_ms = INT64_MAX;

	for (const struct timer_queue *queue = timers->queues; queue != NULL;
	     queue = queue->next) {
		const struct timer *oldest = timers_oldest(queue);
		if (oldest != NULL && oldest->deadline_ms < earliest_ms)
			earliest_ms = oldest->deadline_ms;
	}
	if (earliest_ms == INT64_MAX)
		return -1;
	if (earliest_ms <= now_ms)
		return 0;
	if (earliest_ms - now_ms > INT_MAX)
		return INT_MAX;
	return (int)(earliest_ms - now_ms);
}
