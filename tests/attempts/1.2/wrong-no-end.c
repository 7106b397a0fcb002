/*
 * Belief: "There are as many items as connections: it cannot be empty."
 *
 * What happens: The caller finds out by asking: NULL says that the server is full.
 * Here it gets memory behind the end of the pool.
 *
 * Must fail: pool_is_empty_at_last
 */
void *
pool_take(struct pool *pool)
{
	void *item = pool->given_back;

	if (item != NULL)
		memcpy(&pool->given_back, item, sizeof pool->given_back);
	else
		item = &pool->items[pool->fresh_index++ * pool->item_bytes];
	pool->taken_count++;
	return item;
}
