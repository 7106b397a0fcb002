/*
 * Belief: "The first queue has the earliest deadline."
 *
 * What happens: Queues are in the order in which they were added, which says
 * nothing.
 *
 * Must fail: wait_is_until_the_earliest_of_all_queues
 */
int
timers_wait_ms(const struct timers *timers, int64_t now_ms)
{
	int64_t earliest_ms = INT64_MAX;

	const struct timer_queue *queue = timers->queues;
	if (queue != NULL) {
		const struct timer *oldest = timers_oldest(queue);
		if (oldest != NULL && oldest->deadline_ms < earliest_ms)
			earliest_ms = oldest->deadline_ms;
	}
	if (earliest_ms == INT64_MAX)
		return -1;
	if (earliest_ms <= now_ms)
		return 0;
	if (earliest_ms - now_ms > INT_MAX)
		return INT_MAX;
	return (int)(earliest_ms - now_ms);
}
