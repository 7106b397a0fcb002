/*
 * Belief: "The oldest of each queue has expired."
 *
 * What happens: And perhaps the next one too: each turn ends one connection of
 * many, and the others come late.
 *
 * Must fail: expire_calls_all_that_are_due
 */
void
timers_expire(struct timers *timers, int64_t now_ms)
{
	for (struct timer_queue *queue = timers->queues; queue != NULL;
	     queue = queue->next) {
		struct timer *oldest = timers_oldest(queue);
		if (oldest != NULL && oldest->deadline_ms <= now_ms) {
			timers_stop(oldest);
			oldest->on_timeout(oldest);
		}
	}
}
