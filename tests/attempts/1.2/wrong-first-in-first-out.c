/*
 * Belief: "Who has waited longest is next: a queue is fair."
 *
 * What happens: Items do not wait. The one that was given back longest ago is the
 * one that has left the cache.
 *
 * Must fail: pool_takes_the_last_given_first
 */
static void *
after(void *item)
{
	void *next;

	memcpy(&next, item, sizeof next);
	return next;
}

void *
pool_take(struct pool *pool)
{
	void *before = NULL, *item = pool->given_back;
	void *none = NULL;

	while (item != NULL && after(item) != NULL) {
		before = item;
		item = after(item);
	}
	if (before != NULL) {
		memcpy(before, &none, sizeof none);
	} else if (item != NULL) {
		pool->given_back = NULL;
	} else if (pool->fresh_index < pool->item_count) {
		item = &pool->items[pool->fresh_index++ * pool->item_bytes];
	} else {
		return NULL;
	}
	pool->taken_count++;
	return item;
}
