/*
 * Belief: "No timer has the deadline 0: so 0 says that there is none."
 *
 * What happens: It is a number like any other.
 *
 * Must fail: wait_without_a_timer_has_no_end
 */
int
timers_wait_ms(const struct timers *timers, int64_t now_ms)
{
	int64_t earliest_ms = 0;

	for (const struct timer_queue *queue = timers->queues; queue != NULL;
	     queue = queue->next) {
		const struct timer *oldest = timers_oldest(queue);
		if (oldest != NULL &&
		    (earliest_ms == 0 || oldest->deadline_ms < earliest_ms))
			earliest_ms = oldest->deadline_ms;
	}
	if (earliest_ms == 0)
		return -1;
	if (earliest_ms <= now_ms)
		return 0;
	if (earliest_ms - now_ms > INT_MAX)
		return INT_MAX;
	return (int)(earliest_ms - now_ms);
}
