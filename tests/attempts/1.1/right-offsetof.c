/*
 * Counts from where the items begin, and in a helper of its own.
 */
/* 0: it does not fit. */
static size_t
bytes_of_pool(size_t item_count, size_t item_bytes)
{
	const size_t head = offsetof(struct pool, items);

	if (item_bytes == 0 || item_count > (SIZE_MAX - head) / item_bytes)
		return 0;
	return head + item_count * item_bytes;
}

struct pool *
pool_new(size_t item_count, size_t item_bytes)
{
	size_t rest = item_bytes % alignof(max_align_t);

	if (rest > 0)
		item_bytes += alignof(max_align_t) - rest; /* or 0 */
	size_t bytes = bytes_of_pool(item_count, item_bytes);
	if (bytes == 0) {
		errno = ENOMEM;
		return NULL;
	}
	struct pool *pool = malloc(bytes);
	if (pool != NULL) {
		memset(pool, 0, offsetof(struct pool, items));
		pool->item_bytes = item_bytes;
		pool->item_count = item_count;
	}
	return pool;
}
