/*
 * Belief: "If it is too much malloc() says so."
 *
 * What happens: It is asked for what is left of the product after it has wrapped
 * around, and has that. The pool believes in its item_count.
 *
 * Must fail: pool_refuses_what_overflows
 */
struct pool *
pool_new(size_t item_count, size_t item_bytes)
{
	const size_t unit = alignof(max_align_t);

	item_bytes = (item_bytes + unit - 1) / unit * unit;

	struct pool *pool = malloc(sizeof *pool + item_count * item_bytes);
	if (pool == NULL)
		return NULL;
	pool->item_bytes = item_bytes;
	pool->item_count = item_count;
	pool->taken_count = 0;
	pool->fresh_index = 0;
	pool->given_back = NULL;
	return pool;
}
