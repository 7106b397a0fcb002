/*
 * Belief: "If it wraps around the result is smaller than what went in."
 *
 * What happens: A sum that wraps around is. A product can wrap around several
 * times and end anywhere, above its factors too.
 *
 * Must fail: pool_refuses_what_overflows
 */
struct pool *
pool_new(size_t item_count, size_t item_bytes)
{
	const size_t unit = alignof(max_align_t);

	item_bytes = (item_bytes + unit - 1) / unit * unit;
	size_t total = sizeof(struct pool) + item_count * item_bytes;
	if (total < item_count || total < item_bytes)
		goto too_large;

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
