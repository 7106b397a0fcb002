/*
 * pool.h - items of one size, all made at the start, borrowed and given back.
 *
 * The server takes its connections and its buffers from pools. After the start
 * it never asks for memory again: what it can hold is decided once, and a
 * request cannot fail for lack of memory half-way.
 *
 * - The last item given back is the first one taken again: its memory is still
 *   in the processor's cache.
 * - An item that was never taken was never touched: the kernel gives a page of
 *   memory only when it is first written, so a large pool costs what is used
 *   of it, not what it could hold.
 * - A pool belongs to one process. Nothing here is locked.
 */
#ifndef POOL_H
#define POOL_H

#include <stdalign.h>
#include <stddef.h>

struct pool {
	size_t item_bytes;  /* of one item, rounded up to keep all aligned */
	size_t item_count;  /* how many there are */
	size_t taken_count; /* how many are out now */
	size_t fresh_index; /* items from here on have never been taken */
	void *given_back;   /* the last one given back; its first bytes hold a
	                       pointer to the one before, and so on to NULL */
	/* A flexible array member: it takes no room in sizeof(struct pool); how
	   long it is was decided by who allocated the struct. */
	alignas(max_align_t) unsigned char items[];
};

/*
 * Makes a pool of item_count items of at least item_bytes bytes each (both at
 * least 1), with one malloc(). Returns it, or NULL with errno ENOMEM, also when
 * the size does not fit in a size_t. The caller owns it: pool_free().
 */
struct pool *pool_new(size_t item_count, size_t item_bytes);

/* Frees the pool and all items, given back or not. NULL is fine. */
void pool_free(struct pool *pool);

/* Takes an item; its content is undefined. Returns NULL when all are out. */
void *pool_take(struct pool *pool);

/* Gives back an item that pool_take() of the same pool returned. */
void pool_give(struct pool *pool, void *item);

#endif
