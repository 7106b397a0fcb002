/*
 * Belief: "It has ended, so it does not run."
 *
 * What happens: Its link is still in the queue: it is found again and again.
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
			oldest->on_timeout(oldest);
			oldest = timers_oldest(queue);
		}
	}
}
