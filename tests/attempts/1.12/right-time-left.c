/*
 * The time left in each queue, and the least of them.
 */
int
timers_wait_ms(const struct timers *timers, int64_t now_ms)
{
	int64_t least_ms = -1;

	for (struct timer_queue *queue = timers->queues; queue;
	     queue = queue->next) {
		if (list_is_empty(&queue->running))
			continue;
		int64_t left_ms =
			LIST_ITEM(queue->running.next, struct timer, link)
				->deadline_ms -
			now_ms;
		if (left_ms < 0)
			return 0;
		if (left_ms > INT_MAX)
			left_ms = INT_MAX;
		if (least_ms < 0 || left_ms < least_ms)
			least_ms = left_ms;
	}
	return (int)least_ms;
}
