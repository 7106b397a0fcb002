/*
 * Belief: "items[i] is item i."
 *
 * What happens: It is byte i: the array cannot know how large an item is. All
 * items overlap.
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
		item = &pool->items[pool->fresh_index];
		pool->fresh_index++;
	} else {
		return NULL;
	}
	pool->taken_count++;
	return item;
}
