/*
 * Belief: "One taken, one fresh fewer."
 *
 * What happens: With each item that is taken again a fresh one is lost.
 *
 * Must fail: pool_takes_the_last_given_first
 */
void *
pool_take(struct pool *pool)
{
	void *item = pool->given_back;

	if (item != NULL) {
		memcpy(&pool->given_back, item, sizeof pool->given_back);
	} else if (pool->fresh_index < pool->item_count) {
		item = &pool->items[pool->fresh_index * pool->item_bytes];
	} else {
		return NULL;
	}
	pool->taken_count++;
	pool->fresh_index++;
	return item;
}
