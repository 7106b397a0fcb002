/*
 * Belief: "The next fresh item should begin with NULL."
 *
 * What happens: It need not; and behind the last one there is none: the heap
 * is written to.
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
		pool->fresh_index++;
		memset(&pool->items[pool->fresh_index * pool->item_bytes], 0,
		       sizeof(void *));
	} else {
		return NULL;
	}
	pool->taken_count++;
	return item;
}
