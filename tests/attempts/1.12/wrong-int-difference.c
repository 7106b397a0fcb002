/*
 * Belief: "now_ms and the deadline fit into an int."
 *
 * What happens: After 24 days of uptime they do not.
 *
 * Must fail: wait_fits_into_an_int
 */
int
timers_wait_ms(const struct timers *timers, int64_t now_ms)
{
	int wait_ms = -1;

	for (const struct timer_queue *queue = timers->queues; queue != NULL;
	     queue = queue->next) {
		const struct timer *oldest = timers_oldest(queue);
		if (oldest == NULL)
			continue;
		int left_ms = (int)(oldest->deadline_ms - now_ms);
		if (left_ms < 0)
			left_ms = 0;
		if (wait_ms == -1 || left_ms < wait_ms)
			wait_ms = left_ms;
	}
	return wait_ms;
}
