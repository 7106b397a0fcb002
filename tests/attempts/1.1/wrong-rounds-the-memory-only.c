/*
 * Belief: "Round up when it is allocated; the pool knows what was asked for."
 *
 * What happens: pool_take() finds an item by pool->item_bytes: that has to be the
 * distance from one item to the next, and it is not.
 *
 * Must fail: pool_items_are_aligned
 */
struct pool *
pool_new(size_t item_count, size_t item_bytes)
{
	const size_t unit = alignof(max_align_t);

	if (item_bytes > SIZE_MAX - (unit - 1))
		goto too_large;
	size_t rounded = (item_bytes + unit - 1) / unit * unit;
	if (item_count > (SIZE_MAX - sizeof(struct pool)) / rounded)
		goto too_large;

	struct pool *pool = malloc(sizeof *pool + item_count * rounded);
	if (pool == NULL)
		return NULL;
	pool->item_bytes = item_bytes;
	pool->item_count = item_count;
	pool->taken_count = 0;
	pool->fresh_index = 0;
	pool->given_back = NULL;
	return pool;

too_large:
	errno = ENOMEM;
	return NULL;
}
