/*
 * Belief: "After the callback the timer is still mine."
 *
 * What happens: It lies in something that the callback may have freed.
 *
 * Must fail: expire_lets_callbacks_change_timers
 */
void
timers_expire(struct timers *timers, int64_t now_ms)
{
	for (struct timer_queue *queue = timers->queues; queue != NULL;
	     queue = queue->next) {
		struct timer *oldest;
		while ((oldest = timers_oldest(queue)) != NULL) {
			if (oldest->deadline_ms > now_ms)
				break;
			timers_stop(oldest);
			oldest->on_timeout(oldest);
			oldest->deadline_ms = 0;
		}
	}
}
