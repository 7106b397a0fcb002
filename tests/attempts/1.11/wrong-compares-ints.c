/*
 * Belief: "A deadline is an int."
 *
 * What happens: After 24.8 days it is negative, and everything is due.
 *
 * Must fail: expire_calls_all_that_are_due
 */
void
timers_expire(struct timers *timers, int64_t now_ms)
{
	for (struct timer_queue *queue = timers->queues; queue != NULL;
	     queue = queue->next) {
		struct timer *oldest = timers_oldest(queue);
		while (oldest != NULL &&
		       (int)oldest->deadline_ms <= (int)now_ms) {
			timers_stop(oldest);
			oldest->on_timeout(oldest);
			oldest = timers_oldest(queue);
		}
	}
}
