/*
 * Belief: "The timers are in a queue."
 *
 * What happens: In one of several.
 *
 * Must fail: expire_calls_all_that_are_due
 */
void
timers_expire(struct timers *timers, int64_t now_ms)
{
	struct timer_queue *queue = timers->queues;
	if (queue != NULL) {
		struct timer *oldest = timers_oldest(queue);
		while (oldest != NULL && oldest->deadline_ms <= now_ms) {
			timers_stop(oldest);
			oldest->on_timeout(oldest);
			oldest = timers_oldest(queue);
		}
	}
}
