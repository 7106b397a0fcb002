/*
 * Belief: "fresh_index says where the fresh ones begin."
 *
 * What happens: It says so only if it moves on. Everybody gets the first item.
 *
 * Must fail: pool_gives_each_item_once
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
	return item;
}
