/*
 * pool.c - items of one size, all made at the start.
 */
#include "pool.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/*
 * Exercise 1.1 - Make a pool.
 *
 * One malloc() holds the struct and, behind it, the items: that is what the
 * flexible array member is for. An item must be able to hold anything: round
 * item_bytes up to a multiple of alignof(max_align_t), so that, the first item
 * being aligned, all are. Nothing is taken yet, nothing was given back, and the
 * items' memory is not touched: that is why this is not calloc().
 *
 * Both arguments are at least 1 and can be enormous: if what they ask for does
 * not fit in a size_t, a product that wrapped around would give a small pool
 * and a very long list of items. Returns NULL with errno ENOMEM then, and when
 * malloc() does; otherwise the pool.
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
	pool->taken_count = 0;
	pool->fresh_index = 0;
	pool->given_back = NULL;
	return pool;

too_large:
	errno = ENOMEM;
	return NULL;
}

void
pool_free(struct pool *pool)
{
	free(pool);
}

/*
 * Exercise 1.2 - Take from the pool.
 *
 * Prefers the item that was given back last; its first bytes hold the pointer
 * to the one given back before it (memcpy() reads it, whatever type the bytes
 * had). Only if there is none, the next fresh one. Counts it as taken. Returns
 * NULL when all are out: the pool never grows.
 */
void *
pool_take(struct pool *pool)
{
	void *item = pool->given_back;

	if (item != NULL) {
		memcpy(&pool->given_back, item, sizeof pool->given_back);
	} else if (pool->fresh_index < pool->item_count) {
		item = &pool->items[pool->fresh_index * pool->item_bytes];
		pool->fresh_index++;
	} else {
		return NULL;
	}
	pool->taken_count++;
	return item;
}

void
pool_give(struct pool *pool, void *item)
{
	assert(pool->taken_count > 0);
	memcpy(item, &pool->given_back, sizeof pool->given_back);
	pool->given_back = item;
	pool->taken_count--;
}
