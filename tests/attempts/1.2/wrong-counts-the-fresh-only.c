/*
 * Belief: "taken_count is how many were ever taken."
 *
 * What happens: pool_give() counts down each time, so each time has to be
 * counted. An item that comes from the list is out as well.
 *
 * Must fail: pool_takes_the_last_given_first
 */
void *
pool_take(struct pool *pool)
{
	void *item = pool->given_back;

	if (item != NULL) {
		memcpy(&pool->given_back, item, sizeof pool->given_back);
		return item;
	}
	if (pool->fresh_index == pool->item_count)
		return NULL;
	pool->taken_count++;
	return &pool->items[pool->fresh_index++ * pool->item_bytes];
}
