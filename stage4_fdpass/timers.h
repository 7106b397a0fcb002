/*
 * timers.h - deadlines that cost the same however many there are.
 *
 * All timers of one queue run for the same time, so the one that was started
 * first is the one that ends first: a queue is a list in the order of starting,
 * and to start, to stop and to find the next are a few pointer changes each.
 * A server needs few different times, hence few queues, and no heap.
 *
 * - Times are milliseconds of CLOCK_MONOTONIC, which nobody can set back.
 * - A timer is in one queue at most; to start it again moves it.
 * - A timer belongs to whoever embeds it; the queue only links it.
 */
#ifndef TIMERS_H
#define TIMERS_H

#include "list.h"

#include <stdint.h>

struct timer {
	struct list link;
	struct timer_queue *queue; /* it runs in this one; NULL: not running */
	int64_t deadline_ms;
	void (*on_timeout)(struct timer *timer);
};

struct timer_queue {
	struct list running; /* the earliest deadline first */
	int64_t duration_ms;
	struct timer_queue *next; /* of the same struct timers */
};

struct timers {
	struct timer_queue *queues;
};

/* The time now, in ms: clock_gettime(2), CLOCK_MONOTONIC. */
int64_t timers_now_ms(void);

/* No queues yet. */
void timers_init(struct timers *timers);

/* Adds a queue whose timers run for duration_ms. It must outlive `timers`. */
void timers_add_queue(struct timers *timers, struct timer_queue *queue,
                      int64_t duration_ms);

/* A new timer, not running, that will call on_timeout once when it ends. */
void timers_prepare(struct timer *timer,
                    void (*on_timeout)(struct timer *timer));

/* Starts the timer in `queue`, now, whether it was running or not. now_ms must
   not be earlier than at an earlier start in the same queue. */
void timers_start(struct timer_queue *queue, struct timer *timer,
                  int64_t now_ms);

/* Stops it. One that is not running is left alone. */
void timers_stop(struct timer *timer);

/* The timer of this queue that has been running longest, or NULL. */
struct timer *timers_oldest(const struct timer_queue *queue);

/*
 * Stops every timer whose deadline is now_ms or earlier and calls its
 * on_timeout. The callback may start and stop any timer, this one too.
 */
void timers_expire(struct timers *timers, int64_t now_ms);

/*
 * How long the loop may sleep: ms from now_ms until the earliest deadline of
 * all queues; 0 if it has passed; -1 if no timer runs. Never more than INT_MAX.
 */
int timers_wait_ms(const struct timers *timers, int64_t now_ms);

#endif
