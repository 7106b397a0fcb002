/*
 * Belief: "given_back is the item to take."
 *
 * What happens: It is taken and still in the list: the next one gets it as well,
 * and two clients share a buffer.
 *
 * Must fail: pool_takes_the_last_given_first
 */
void *
pool_take(struct pool *pool)
{
	void *item = pool->given_back;

	if (item == NULL) {
		if (pool->fresh_index == pool->item_count)
			return NULL;
		item = &pool->items[pool->fresh_index++ * pool->item_bytes];
	}
	pool->taken_count++;
	return item;
}
