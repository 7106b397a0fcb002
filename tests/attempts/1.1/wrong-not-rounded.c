/*
 * Belief: "malloc() returns memory that is aligned for everything."
 *
 * What happens: So the first item is. Where the second one begins depends on how
 * large an item is: for one of 24 bytes, 8 bytes away from where a long double
 * may lie.
 *
 * Must fail: pool_items_are_aligned
 */
struct pool *
pool_new(size_t item_count, size_t item_bytes)
{
	if (item_count > (SIZE_MAX - sizeof(struct pool)) / item_bytes)
		goto too_large;

	struct pool *pool = malloc(sizeof *pool + item_count * item_bytes);
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
