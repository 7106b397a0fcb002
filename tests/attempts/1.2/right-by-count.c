/*
 * Decides by counting, and lets a helper take each kind.
 */
static void *
take_given_back(struct pool *pool)
{
	void *item = pool->given_back;

	pool->given_back = *(void **)item;
	return item;
}

void *
pool_take(struct pool *pool)
{
	if (pool->taken_count == pool->item_count)
		return NULL;
	/* As many as were ever taken are out, or in the list. */
	if (pool->taken_count++ < pool->fresh_index)
		return take_given_back(pool);
	return pool->items + pool->item_bytes * pool->fresh_index++;
}
