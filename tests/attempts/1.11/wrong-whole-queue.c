/*
 * Belief: "When the first is due, all are."
 *
 * What happens: They were started one after the other, and end one after the
 * other.
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
			oldest->on_timeout(oldest);
			oldest = timers_oldest(queue);
			now_ms = oldest == NULL ? now_ms : INT64_MAX;
		}
	}
}
