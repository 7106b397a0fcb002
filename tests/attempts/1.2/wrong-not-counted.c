/*
 * Belief: "Who takes an item knows that it is out."
 *
 * What happens: The pool should know it too: the listener asks it whether there
 * is room. Where pool_give() counts down from 0 an assertion ends the server.
 *
 * Must fail: pool_is_empty_at_last
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
	} else {
		return NULL;
	}
	return item;
}
