/*
 * Belief: "At the start all items are free: so all of them are in the list."
 *
 * What happens: The list lies in the items, and to chain them each one is written
 * to: every page of the pool is in memory before the first client comes. That is
 * what fresh_index is for.
 *
 * Must fail: pool_leaves_memory_untouched
 */
struct pool *
pool_new(size_t item_count, size_t item_bytes)
{
	const size_t unit = alignof(max_align_t);

	if (item_bytes > SIZE_MAX - (unit - 1))
		goto too_large;
	item_bytes = (item_bytes + unit - 1) / unit * unit;
	if (item_count > (SIZE_MAX - sizeof(struct pool)) / item_bytes)
		goto too_large;

	struct pool *pool = malloc(sizeof *pool + item_count * item_bytes);
	if (pool == NULL)
		return NULL;
	pool->item_bytes = item_bytes;
	pool->item_count = item_count;
	pool->taken_count = 0;
	pool->fresh_index = item_count;
	pool->given_back = NULL;
	for (size_t i = item_count; i-- > 0;) {
		void *item = &pool->items[i * item_bytes];
		memcpy(item, &pool->given_back, sizeof pool->given_back);
		pool->given_back = item;
	}
	return pool;

too_large:
	errno = ENOMEM;
	return NULL;
}
