/*
 * Belief: "Count first, then look for one."
 *
 * What happens: When all are out it counts one that nobody got: from then on more
 * are out than there are, for ever.
 *
 * Must fail: pool_is_empty_at_last
 */
void *
pool_take(struct pool *pool)
{
	void *item = pool->given_back;

	pool->taken_count++;
	if (item != NULL) {
		memcpy(&pool->given_back, item, sizeof pool->given_back);
	} else if (pool->fresh_index < pool->item_count) {
		item = &pool->items[pool->fresh_index * pool->item_bytes];
		pool->fresh_index++;
	} else {
		return NULL;
	}
	return item;
}
