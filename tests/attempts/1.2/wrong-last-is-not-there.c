/*
 * Belief: "taken_count must stay smaller than item_count."
 *
 * What happens: It may become as large: the last item is never given out, and a
 * server for one connection serves nobody.
 *
 * Must fail: pool_gives_each_item_once
 */
void *
pool_take(struct pool *pool)
{
	void *item = pool->given_back;

	if (item != NULL) {
		memcpy(&pool->given_back, item, sizeof pool->given_back);
	} else if (pool->fresh_index + 1 < pool->item_count) {
		item = &pool->items[pool->fresh_index * pool->item_bytes];
		pool->fresh_index++;
	} else {
		return NULL;
	}
	pool->taken_count++;
	return item;
}
