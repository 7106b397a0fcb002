/*
 * Belief: "An unsigned int is large enough for a size."
 *
 * What happens: What is more than 4 GiB wraps around: a small pool with a
 * long list of items.
 *
 * Must fail: pool_has_room_for_all
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

	unsigned total =
		(unsigned)(sizeof(struct pool) + item_count * item_bytes);
	struct pool *pool = malloc(total);
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
