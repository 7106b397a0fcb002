/*
 * Over all queues, always the one whose deadline is the earliest.
 */
static struct timer *
find_due(const struct timers *timers, int64_t now_ms)
{
	struct timer *due = NULL;

	for (struct timer_queue *queue = timers->queues; queue != NULL;
	     queue = queue->next) {
		struct timer *oldest = timers_oldest(queue);
		if (oldest == NULL || oldest->deadline_ms > now_ms)
			continue;
		if (due == NULL || oldest->deadline_ms < due->deadline_ms)
			due = oldest;
	}
	return due;
}

void
timers_expire(struct timers *timers, int64_t now_ms)
{
	struct timer *due;

	while ((due = find_due(timers, now_ms)) != NULL) {
		timers_stop(due);
		due->on_timeout(due);
	}
}
