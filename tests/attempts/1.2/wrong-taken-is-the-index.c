/*
 * Belief: "As many as are out, that is where the next one is."
 *
 * What happens: As long as nobody gives one back. Then item 3 comes back, four
 * are out, and the fifth is given to a second one.
 *
 * Must fail: pool_takes_the_last_given_first
 */
void *
pool_take(struct pool *pool)
{
	if (pool->taken_count == pool->item_count)
		return NULL;
	return &pool->items[pool->taken_count++ * pool->item_bytes];
}
