/*
 * Belief: "Memory should be zeroed before it is used."
 *
 * What happens: Ten thousand buffers of 16 KiB are 160 MiB, and the kernel has to
 * provide all of them at the start, whether a client ever comes or not.
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

	size_t total = sizeof(struct pool) + item_count * item_bytes;
	struct pool *pool = malloc(total);
	if (pool == NULL)
		return NULL;
	memset(pool->items, 0, item_count * item_bytes);
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
