/*
 * Belief: "I look at all of them."
 *
 * What happens: And keep the last: the loop sleeps past all other deadlines.
 *
 * Must fail: wait_is_until_the_earliest_of_all_queues
 */
int
timers_wait_ms(const struct timers *timers, int64_t now_ms)
{
	int64_t earliest_ms = INT64_MAX;

	for (const struct timer_queue *queue = timers->queues; queue != NULL;
	     queue = queue->next) {
		const struct timer *oldest = timers_oldest(queue);
		if (oldest != NULL)
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
