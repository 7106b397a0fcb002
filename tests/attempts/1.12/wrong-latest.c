/*
 * Belief: "I keep the larger one."
 *
 * What happens: The loop sleeps until the latest deadline.
 *
 * Must fail: wait_is_until_the_earliest_of_all_queues
 */
int
timers_wait_ms(const struct timers *timers, int64_t now_ms)
{
	int64_t earliest_ms = -1;

	for (const struct timer_queue *queue = timers->queues; queue != NULL;
	     queue = queue->next) {
		const struct timer *oldest = timers_oldest(queue);
		if (oldest != NULL && oldest->deadline_ms > earliest_ms)
			earliest_ms = oldest->deadline_ms;
	}
	if (earliest_ms == -1)
		return -1;
	if (earliest_ms <= now_ms)
		return 0;
	if (earliest_ms - now_ms > INT_MAX)
		return INT_MAX;
	return (int)(earliest_ms - now_ms);
}
