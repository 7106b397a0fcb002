/*
 * Belief: "NULL is no item: given_back moves on only if there is a next
 * one."
 *
 * What happens: The last of those given back is handed out again and again,
 * to several clients.
 *
 * Must fail: pool_takes_the_last_given_first
 */
void *
pool_take(struct pool *pool)
{
	void *item = pool->given_back;

	if (item != NULL) {
		void *next;
		memcpy(&next, item, sizeof next);
		if (next != NULL)
			pool->given_back = next;
	} else if (pool->fresh_index < pool->item_count) {
		item = &pool->items[pool->fresh_index * pool->item_bytes];
		pool->fresh_index++;
	} else {
		return NULL;
	}
	pool->taken_count++;
	return item;
}
