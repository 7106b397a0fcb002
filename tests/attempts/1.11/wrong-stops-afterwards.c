/*
 * Belief: "First the callback, then tidy up."
 *
 * What happens: The callback may have started the timer again: it is stopped.
 * Or freed what it lies in: that memory is written to.
 *
 * Must fail: expire_lets_callbacks_change_timers
 */
void
timers_expire(struct timers *timers, int64_t now_ms)
{
	for (struct timer_queue *queue = timers->queues; queue != NULL;
	     queue = queue->next) {
		struct timer *oldest = timers_oldest(queue);
		while (oldest != NULL && oldest->deadline_ms <= now_ms) {
			oldest->on_timeout(oldest);
			timers_stop(oldest);
			oldest = timers_oldest(queue);
		}
	}
}
