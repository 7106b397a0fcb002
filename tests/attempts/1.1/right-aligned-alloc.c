/*
 * Checks with the compiler's own arithmetic, masks instead of dividing, and asks
 * for the memory with aligned_alloc(), which free() takes back just the same.
 */
struct pool *
pool_new(size_t item_count, size_t item_bytes)
{
	const size_t mask = alignof(max_align_t) - 1;
	struct pool *pool = NULL;
	size_t distance, total;

	if (__builtin_add_overflow(item_bytes, mask, &distance) ||
	    __builtin_mul_overflow(distance & ~mask, item_count, &total) ||
	    __builtin_add_overflow(total, sizeof *pool, &total))
		errno = ENOMEM;
	else
		pool = aligned_alloc(alignof(max_align_t), total);
	if (pool != NULL)
		*pool = (struct pool){.item_bytes = distance & ~mask,
		                      .item_count = item_count};
	return pool;
}
