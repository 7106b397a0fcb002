/*
 * Belief: "First the new ones, then those that were used."
 *
 * What happens: An item that was given back is in the cache, and its pages are in
 * memory. With the fresh ones first the server touches all of its pool, however
 * few clients it has at a time.
 *
 * Must fail: pool_takes_the_last_given_first
 */
void *
pool_take(struct pool *pool)
{
	void *item;

	if (pool->fresh_index < pool->item_count) {
		item = &pool->items[pool->fresh_index * pool->item_bytes];
		pool->fresh_index++;
	} else if (pool->given_back != NULL) {
		item = pool->given_back;
		memcpy(&pool->given_back, item, sizeof pool->given_back);
	} else {
		return NULL;
	}
	pool->taken_count++;
	return item;
}
