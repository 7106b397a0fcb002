/*
 * Belief: "Taking an item is allocating it."
 *
 * What happens: The pool has allocated them all, and stays unused. What was given
 * back is not taken again, and there is no end.
 *
 * Must fail: pool_is_empty_at_last
 */
void *
pool_take(struct pool *pool)
{
	void *item = malloc(pool->item_bytes);

	if (item != NULL)
		pool->taken_count++;
	return item;
}
