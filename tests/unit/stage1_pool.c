/*
 * stage1_pool.c - exercises 1.1 and 1.2, a pool of items.
 */
#define _GNU_SOURCE
#include "harness/graded.h"
#include "pool.h"

#include <errno.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ITEMS = 7, ITEM_BYTES = 24 };

static struct pool *
new_pool(size_t item_count, size_t item_bytes)
{
	struct pool *pool = pool_new(item_count, item_bytes);

	if (pool == NULL)
		fail_test("pool_new(%zu, %zu) returned NULL (%s). It should "
		          "have returned a pool.",
		          item_count, item_bytes, strerror(errno));
	return pool;
}

static void *
take(struct pool *pool)
{
	void *item = pool_take(pool);

	if (item == NULL)
		fail_test("pool_take() returned NULL although only %zu of %zu "
		          "items were out.",
		          pool->taken_count, pool->item_count);
	return item;
}

UNIT(1_01, pool_has_room_for_all, 2,
     "A pool holds as many items as were asked for, each large enough, and "
     "none overlaps another.")
{
	struct pool *pool = new_pool(ITEMS, ITEM_BYTES);
	unsigned char *items[ITEMS];

	for (int i = 0; i < ITEMS; i++) {
		items[i] = take(pool);
		memset(items[i], 'a' + i, ITEM_BYTES);
	}
	for (int i = 0; i < ITEMS; i++) {
		for (int byte = 0; byte < ITEM_BYTES; byte++) {
			if (items[i][byte] != 'a' + i)
				fail_test("All %d items were taken and each "
				          "was filled with %d bytes of its "
				          "own. Byte %d of item %d then held "
				          "another item's: they overlap.",
				          ITEMS, ITEM_BYTES, byte, i);
		}
	}
}

UNIT(1_01, pool_items_are_aligned, 1,
     "Every item is aligned for whatever may be kept in it.")
{
	for (size_t bytes = 1; bytes <= 40; bytes++) {
		struct pool *pool = new_pool(ITEMS, bytes);

		for (int i = 0; i < ITEMS; i++) {
			uintptr_t address = (uintptr_t)take(pool);

			if (address % alignof(max_align_t) != 0)
				fail_test("In a pool of items of %zu bytes, "
				          "item %d is at %#lx. An item may "
				          "hold anything, so its address "
				          "should be a multiple of "
				          "alignof(max_align_t), %zu.",
				          bytes, i, (unsigned long)address,
				          alignof(max_align_t));
		}
		pool_free(pool);
	}
}

static void
expect_too_large(size_t item_count, size_t item_bytes)
{
	struct pool *pool;

	errno = 0;
	pool = pool_new(item_count, item_bytes);
	if (pool != NULL)
		fail_test("pool_new(%#zx, %#zx) returned a pool. So many bytes "
		          "do not fit in a size_t: the product wraps around, "
		          "and what is allocated is far too small.",
		          item_count, item_bytes);
	if (errno != ENOMEM)
		fail_test("pool_new(%#zx, %#zx) returned NULL with errno %d "
		          "(%s); it should be ENOMEM.",
		          item_count, item_bytes, errno, strerror(errno));
}

UNIT(1_01, pool_refuses_what_overflows, 2,
     "A pool whose size does not fit in a size_t is refused with ENOMEM.")
{
	expect_too_large(SIZE_MAX / 16, 32);
	expect_too_large(SIZE_MAX / 16 + 2, 16);
	expect_too_large((size_t)1 << (sizeof(size_t) * 4),
	                 (size_t)1 << (sizeof(size_t) * 4));
	expect_too_large(1, SIZE_MAX);
	expect_too_large(1, SIZE_MAX - 8);
	expect_too_large(SIZE_MAX, 1);
	expect_too_large(1, SIZE_MAX - sizeof(struct pool) - 1);
}

/* How many of the pages that lie within the bytes are in memory. */
static size_t
count_pages(const void *bytes, size_t byte_count)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uintptr_t begin = ((uintptr_t)bytes + page - 1) / page * page;
	size_t pages = ((uintptr_t)bytes + byte_count - begin) / page;
	unsigned char present[pages];
	size_t count = 0;

	if (mincore((void *)begin, pages * page, present) == -1)
		fail_test("The pool's %zu bytes at %p are not all mapped: its "
		          "allocation is too small (mincore: %s).",
		          byte_count, bytes, strerror(errno));
	for (size_t i = 0; i < pages; i++)
		count += present[i] & 1;
	return count;
}

UNIT(1_01, pool_leaves_memory_untouched, 1,
     "What was never taken was never touched: a large pool costs what is used "
     "of it.")
{
	const size_t item_count = 1000, item_bytes = 16 * 1024;
	struct pool *pool = new_pool(item_count, item_bytes);
	size_t pages;

	take(pool);
	pages = count_pages(pool->items, item_count * item_bytes);
	if (pages > 8)
		fail_test("A pool of %zu items of %zu bytes was made and one "
		          "item taken. %zu pages of it were then in memory. "
		          "The kernel gives a page when it is first touched: "
		          "neither pool_new() nor pool_take() should write to "
		          "items that are not out.",
		          item_count, item_bytes, pages);
}

UNIT(1_02, pool_gives_each_item_once, 2,
     "An item that is out is not given to anybody else.")
{
	struct pool *pool = new_pool(ITEMS, ITEM_BYTES);
	void *items[ITEMS];

	for (int i = 0; i < ITEMS; i++) {
		items[i] = take(pool);
		for (int j = 0; j < i; j++) {
			if (items[i] == items[j])
				fail_test("pool_take() returned %p for the "
				          "%dth item and again for the %dth, "
				          "though it had not been given back.",
				          items[i], j + 1, i + 1);
		}
	}
}

UNIT(1_02, pool_is_empty_at_last, 1,
     "When all items are out, there is none: NULL.")
{
	struct pool *pool = new_pool(ITEMS, ITEM_BYTES);
	void *last = NULL;
	void *more;

	for (int i = 0; i < ITEMS; i++)
		last = take(pool);
	more = pool_take(pool);
	if (more != NULL)
		fail_test("A pool of %d items was emptied. pool_take() then "
		          "returned %p; it should have returned NULL.",
		          ITEMS, more);
	pool_give(pool, last);
	more = pool_take(pool);
	if (more != last)
		fail_test("A pool was emptied and one item (%p) given back. "
		          "pool_take() then returned %p; it should have "
		          "returned that item.",
		          last, more);
}

UNIT(1_02, pool_takes_the_last_given_first, 2,
     "The item given back last is the first one taken again; it is still in "
     "the cache.")
{
	struct pool *pool = new_pool(ITEMS, ITEM_BYTES);
	void *items[ITEMS];

	for (int i = 0; i < ITEMS - 1; i++)
		items[i] = take(pool);
	for (int i = 0; i < ITEMS - 1; i++) {
		memset(items[i], 0xff, ITEM_BYTES);
		pool_give(pool, items[i]);
	}
	for (int i = ITEMS - 2; i >= 0; i--) {
		void *item = take(pool);

		if (item != items[i])
			fail_test("%d items were taken and given back, item "
			          "%d (%p) as the %dth. Taken again, it "
			          "should have come as number %d; there came "
			          "%p.",
			          ITEMS - 1, i, items[i], i + 1, ITEMS - 1 - i,
			          item);
	}
}
