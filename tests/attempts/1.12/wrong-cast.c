/*
 * Belief: "An int is large enough."
 *
 * What happens: For 24 days. Beyond that the result is anything, a negative
 * number too.
 *
 * Must fail: wait_fits_into_an_int
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
		return 0;
	return (int)(earliest_ms - now_ms);
}
