/*
 * Belief: "A little rest is always good."
 *
 * What happens: What is due waits for a millisecond more, in each turn.
 *
 * Must fail: wait_without_a_timer_has_no_end
 */
int
timers_wait_ms(const struct timers *timers, int64_t now_ms)
{
	int64_t earliest_ms = INT64_MAX;

	for (const struct timer_queue *queue = timers->queues; queue != NULL;
	     queue = queue->next) {
		const struct timer *oldest = timers_oldest(queue);
		if (oldest != NULL && oldest->deadline_ms < earliest_ms)
			earliest_ms = oldest->deadline_ms;
	}
	if (earliest_ms == INT64_MAX)
		return -1;
	if (earliest_ms <= now_ms)
		return 1;
	if (earliest_ms - now_ms > INT_MAX)
		return INT_MAX;
	return (int)(earliest_ms - now_ms);
}
