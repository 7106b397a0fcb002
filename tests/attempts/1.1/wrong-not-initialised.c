/*
 * Belief: "What I do not set is 0."
 *
 * What happens: In a static variable it is. malloc() gives whatever was there
 * before: here and today perhaps zeros, after a day of work a pointer to nowhere.
 *
 * Must fail: pool_begins_unused
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
	if (pool == NULL)
		return NULL;
	pool->item_bytes = item_bytes;
	pool->item_count = item_count;
	return pool;

too_large:
	errno = ENOMEM;
	return NULL;
}
