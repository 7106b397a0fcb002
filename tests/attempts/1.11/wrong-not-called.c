/*
 * Belief: "Its time is over."
 *
 * What happens: The timer is stopped and nobody is told: no connection is ever
 * closed for being slow.
 *
 * Must fail: expire_calls_all_that_are_due
 */
void
timers_expire(struct timers *timers, int64_t now_ms)
{
	for (struct timer_queue *queue = timers->queues; queue != NULL;
	     queue = queue->next) {
		struct timer *oldest = timers_oldest(queue);
		while (oldest != NULL && oldest->deadline_ms <= now_ms) {
			timers_stop(oldest);
			oldest = timers_oldest(queue);
		}
	}
}
