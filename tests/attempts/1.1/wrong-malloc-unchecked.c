/*
 * Belief: "What fits in a size_t, malloc() can give."
 *
 * What happens: It says NULL, and the fields are written to address 0.
 *
 * Must fail: pool_refuses_what_overflows
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
