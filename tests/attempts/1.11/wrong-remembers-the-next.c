/*
 * Belief: "I must keep the next one, for this one will be gone."
 *
 * What happens: So may the next one: the callback stopped it, or started it
 * elsewhere. It is called all the same, and the search goes on in another
 * list.
 *
 * Must fail: expire_lets_callbacks_change_timers
 */
void
timers_expire(struct timers *timers, int64_t now_ms)
{
	for (struct timer_queue *queue = timers->queues; queue != NULL;
	     queue = queue->next) {
		struct list *link = queue->running.next;
		while (link != &queue->running) {
			struct list *next = link->next;
			struct timer *timer =
				LIST_ITEM(link, struct timer, link);
			if (timer->deadline_ms > now_ms)
				break;
			timers_stop(timer);
			timer->on_timeout(timer);
			link = next;
		}
	}
}
