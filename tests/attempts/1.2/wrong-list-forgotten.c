/*
 * Belief: "given_back is the one that was given back."
 *
 * What happens: And the first of a list. Set to NULL, all others that were given
 * back are lost: after a while the pool is empty with nobody holding anything.
 *
 * Must fail: pool_takes_the_last_given_first
 */
void *
pool_take(struct pool *pool)
{
	void *item = pool->given_back;

	if (item != NULL) {
		pool->given_back = NULL;
	} else if (pool->fresh_index < pool->item_count) {
		item = &pool->items[pool->fresh_index * pool->item_bytes];
		pool->fresh_index++;
	} else {
		return NULL;
	}
	pool->taken_count++;
	return item;
}
