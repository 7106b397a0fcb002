/*
 * Belief: "If none is left, make one more."
 *
 * What happens: Then a server has no limit but the machine's memory, and asks for
 * it in the middle of a request. And pool_give() puts it into the list: it is
 * never freed.
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
		item = malloc(pool->item_bytes);
	}
	pool->taken_count++;
	return item;
}
