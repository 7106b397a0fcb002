/*
 * Puts a fresh item into the list, if that is empty, and takes the first one.
 */
void *
pool_take(struct pool *pool)
{
	if (pool->given_back == NULL) {
		if (pool->fresh_index >= pool->item_count)
			return NULL;
		void *fresh = pool->items;
		fresh = (char *)fresh + pool->fresh_index * pool->item_bytes;
		memset(fresh, 0, sizeof(void *)); /* NULL: nothing behind it */
		pool->fresh_index += 1;
		pool->given_back = fresh;
	}
	void *item = pool->given_back;
	memcpy(&pool->given_back, item, sizeof(void *));
	pool->taken_count += 1;
	return item;
}
