/*
 * Belief: "bytes / 16 + 1, times 16, is a multiple of 16."
 *
 * What happens: It is, also for what was one before: items of 16 bytes take 32.
 * And the largest size of all wraps around to 0, by which the next line divides.
 *
 * Must fail: pool_refuses_what_overflows
 */
struct pool *
pool_new(size_t item_count, size_t item_bytes)
{
	const size_t unit = alignof(max_align_t);

	item_bytes = (item_bytes / unit + 1) * unit;
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
