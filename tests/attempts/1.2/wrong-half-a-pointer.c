/*
 * Belief: "The first bytes of the item are the next pointer: four of them."
 *
 * What happens: Half of the address before stays; at the end of the list
 * that is no NULL.
 *
 * Must fail: pool_takes_the_last_given_first
 */
void *
pool_take(struct pool *pool)
{
	void *item = pool->given_back;

	if (item != NULL) {
		memcpy(&pool->given_back, item, sizeof(int));
	} else if (pool->fresh_index < pool->item_count) {
		item = &pool->items[pool->fresh_index * pool->item_bytes];
		pool->fresh_index++;
	} else {
		return NULL;
	}
	pool->taken_count++;
	return item;
}
