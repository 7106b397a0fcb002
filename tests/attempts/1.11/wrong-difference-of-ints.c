/*
 * Belief: "The difference fits into an int."
 *
 * What happens: That of a long time does not: it seems to be past.
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
		       (int)(oldest->deadline_ms - now_ms) <= 0) {
			timers_stop(oldest);
			oldest->on_timeout(oldest);
			oldest = timers_oldest(queue);
		}
	}
}
