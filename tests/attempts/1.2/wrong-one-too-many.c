/*
 * Belief: "<= is for the last one."
 *
 * What happens: The last one has the index item_count - 1. The one behind it does
 * not exist: whoever takes it writes over somebody else's memory.
 *
 * Must fail: pool_is_empty_at_last
 */
void *
pool_take(struct pool *pool)
{
	void *item = pool->given_back;

	if (item != NULL) {
		memcpy(&pool->given_back, item, sizeof pool->given_back);
	} else if (pool->fresh_index <= pool->item_count) {
		item = &pool->items[pool->fresh_index * pool->item_bytes];
		pool->fresh_index++;
	} else {
		return NULL;
	}
	pool->taken_count++;
	return item;
}
