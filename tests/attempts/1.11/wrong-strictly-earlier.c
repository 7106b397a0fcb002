/*
 * Belief: "It is late when its time has passed."
 *
 * What happens: At its deadline it is due: the loop wakes for it, does
 * nothing, sleeps for 0 ms, and so on, until a millisecond has gone.
 *
 * Must fail: expire_calls_all_that_are_due
 */
void
timers_expire(struct timers *timers, int64_t now_ms)
{
	for (struct timer_queue *queue = timers->queues; queue != NULL;
	     queue = queue->next) {
		struct timer *oldest = timers_oldest(queue);
		while (oldest != NULL && oldest->deadline_ms < now_ms) {
			timers_stop(oldest);
			oldest->on_timeout(oldest);
			oldest = timers_oldest(queue);
		}
	}
}
