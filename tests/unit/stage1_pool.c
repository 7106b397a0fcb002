/*
 * stage1_pool.c - exercises 1.1 and 1.2, a pool of items.
 */
#define _GNU_SOURCE
#include "harness/graded.h"
#include "pool.h"
#include "watchdog.h"

#include <errno.h>
#include <malloc.h>
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

/* The item with this index, by the pool's own account. */
static unsigned char *
item_at(struct pool *pool, int index)
{
	return &pool->items[(size_t)index * pool->item_bytes];
}

/* Much is asked for; but what is not touched costs nothing. */
static void
expect_room(size_t item_count, size_t item_bytes)
{
	struct pool *pool = pool_new(item_count, item_bytes);
	size_t bytes = item_count * item_bytes;

	if (pool == NULL && bytes < 1 << 24)
		fail_test("pool_new(%zu, %zu) returned NULL (%s). It should "
		          "have returned a pool.",
		          item_count, item_bytes, strerror(errno));
	if (pool == NULL) /* too much for this machine */
		return;
	if (pool->item_count != item_count || malloc_usable_size(pool) < bytes)
		fail_test("pool_new(%zu, %zu) made a pool with item_count %zu "
		          "in %zu bytes of memory: that is too little. How far "
		          "does the type count that you have computed it in?",
		          item_count, item_bytes, pool->item_count,
		          malloc_usable_size(pool));
	pool_free(pool);
}

UNIT(1_01, pool_has_room_for_all, 2,
     "A pool holds as many items as were asked for, each large enough.")
{
	struct pool *pool = new_pool(ITEMS, ITEM_BYTES);
	size_t needed = sizeof *pool + ITEMS * pool->item_bytes;
	size_t got = malloc_usable_size(pool);

	if (pool->item_count != ITEMS)
		fail_test("pool_new(%d, %d) made a pool with item_count %zu. "
		          "It should be %d.",
		          ITEMS, ITEM_BYTES, pool->item_count, ITEMS);
	if (pool->item_bytes < ITEM_BYTES)
		fail_test("pool_new(%d, %d) made a pool with item_bytes %zu. "
		          "An item of at least %d bytes was asked for.",
		          ITEMS, ITEM_BYTES, pool->item_bytes, ITEM_BYTES);
	if (got < needed)
		fail_test("pool_new(%d, %d) got no more than %zu bytes of "
		          "memory. The struct takes %zu, and %d items of "
		          "item_bytes, %zu, take %zu: that makes %zu. The last "
		          "item would reach beyond the end. (The flexible "
		          "array takes no room in sizeof(struct pool); and of "
		          "a pointer, sizeof gives the size of the pointer.)",
		          ITEMS, ITEM_BYTES, got, sizeof *pool, ITEMS,
		          pool->item_bytes, ITEMS * pool->item_bytes, needed);
	pool_free(pool);

	expect_room(100000, 16);
	expect_room((1 << 20) + 10, 4096); /* more bytes than 32 bits count */
}

UNIT(1_01, pool_begins_unused, 1,
     "In a new pool nothing is out, nothing was given back, and all is fresh.")
{
	mallopt(M_PERTURB, 0x5a); /* malloc() gives memory full of something */
	struct pool *pool = new_pool(ITEMS, ITEM_BYTES);

	if (pool->taken_count != 0)
		fail_test("In a new pool taken_count is %zu. It should be 0: "
		          "it says how many are out now. (What malloc() "
		          "returns is not zeroed.)",
		          pool->taken_count);
	if (pool->fresh_index != 0)
		fail_test("In a new pool fresh_index is %zu. It should be 0: "
		          "none of the items has ever been taken. (What "
		          "malloc() returns is not zeroed.)",
		          pool->fresh_index);
	if (pool->given_back != NULL)
		fail_test("In a new pool given_back is %p. It should be NULL: "
		          "nothing has been given back. (What malloc() returns "
		          "is not zeroed.)",
		          pool->given_back);
	pool_free(pool);
}

UNIT(1_01, pool_items_are_aligned, 1,
     "Every item is aligned for whatever may be kept in it.")
{
	for (size_t bytes = 1; bytes <= 40; bytes++) {
		struct pool *pool = new_pool(ITEMS, bytes);

		for (int i = 0; i < ITEMS; i++) {
			uintptr_t address = (uintptr_t)item_at(pool, i);

			if (address % alignof(max_align_t) != 0)
				fail_test("In a pool of items of %zu bytes, "
				          "item %d is at %#lx: item_bytes is "
				          "%zu, and that is how far one is "
				          "from the next. An item may hold "
				          "anything, so each address should be "
				          "a multiple of alignof(max_align_t), "
				          "%zu.",
				          bytes, i, (unsigned long)address,
				          pool->item_bytes,
				          alignof(max_align_t));
		}
		pool_free(pool);
	}
}

static void
expect_too_large(size_t item_count, size_t item_bytes)
{
	struct pool *pool;

	watchdog(text_print("pool_new(%#zx, %#zx) was called. It should have "
	                    "returned NULL with errno ENOMEM: rounding up "
	                    "item_bytes, multiplying and adding can each give "
	                    "more than a size_t holds.",
	                    item_count, item_bytes));
	errno = 0;
	pool = pool_new(item_count, item_bytes);
	const int error = errno;
	watchdog(NULL);
	if (pool != NULL)
		fail_test(
			"pool_new(%#zx, %#zx) returned a pool. So many bytes "
			"do not fit in a size_t: the product or the sum wraps "
			"around, and what is allocated is far too small.",
			item_count, item_bytes);
	if (error != ENOMEM)
		fail_test("pool_new(%#zx, %#zx) returned NULL with errno %d "
		          "(%s); it should be ENOMEM.",
		          item_count, item_bytes, error, strerror(error));
}

UNIT(1_01, pool_refuses_what_overflows, 1,
     "A pool whose size does not fit in a size_t, or that malloc() refuses: "
     "NULL with ENOMEM.")
{
	expect_too_large(SIZE_MAX / 16, 32);
	expect_too_large(SIZE_MAX / 16 + 2, 16);
	expect_too_large((size_t)1 << (sizeof(size_t) * 4),
	                 (size_t)1 << (sizeof(size_t) * 4));
	expect_too_large(1, SIZE_MAX);
	expect_too_large(1, SIZE_MAX - 8);
	expect_too_large(SIZE_MAX, 1);
	expect_too_large(1, SIZE_MAX - sizeof(struct pool) - 1);

	/* This fits in a size_t, but no machine has it. */
	errno = 0;
	const size_t bytes = (size_t)3 << (8 * sizeof(size_t) - 3);
	if (pool_new(1, bytes) != NULL || errno != ENOMEM)
		fail_test("pool_new(1, %#zx) should have returned NULL with "
		          "errno ENOMEM, as malloc() does: there is not so "
		          "much memory. errno says: %s.",
		          bytes, strerror(errno));
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
	size_t pages = count_pages(pool->items, item_count * item_bytes);

	if (pages > 8)
		fail_test("A pool of %zu items of %zu bytes was made, and %zu "
		          "pages of its items were then in memory. The kernel "
		          "gives a page when it is first touched: pool_new() "
		          "should not write to the items, neither zeros nor a "
		          "list.",
		          item_count, item_bytes, pages);
	pool_free(pool);
}

/* For people: "item 3", by its index. */
static const char *
name_of(struct pool *pool, const void *item)
{
	for (int i = 0; (size_t)i < pool->item_count; i++)
		if (item == item_at(pool, i))
			return text_print("item %d", i);
	return text_print("%p, which is none of its items", item);
}

static void *
take(struct pool *pool, size_t taken_before)
{
	unsigned char *item = pool_take(pool);

	if (item == NULL)
		fail_test("pool_take() returned NULL although only %zu of %zu "
		          "items were out.",
		          taken_before, pool->item_count);
	for (int i = 0; (size_t)i < pool->item_count; i++)
		if (item == item_at(pool, i))
			return item;
	fail_test("pool_take() returned %p, which is none of the pool's items: "
	          "they begin at %p (pool->items), are %zu bytes apart "
	          "(item_bytes), and there are %zu of them.",
	          (void *)item, (void *)pool->items, pool->item_bytes,
	          pool->item_count);
}

/* Before pool_give(), which relies on it. */
static void
expect_taken_count(struct pool *pool, size_t expected, const char *after)
{
	if (pool->taken_count != expected)
		fail_test("%s taken_count is %zu. It should be %zu: it says "
		          "how many are out now. pool_take() counts each that "
		          "it returns, fresh or not, and pool_give() counts "
		          "down.",
		          after, pool->taken_count, expected);
}

/* The items from this one on have not been given to anybody. */
static void
expect_fresh_untouched(struct pool *pool, int first)
{
	const unsigned char *byte = item_at(pool, first);
	const unsigned char *end = item_at(pool, ITEMS);

	for (; byte < end; byte++)
		if (*byte != 0xa5)
			fail_test("pool_take() was called %d times, and has "
			          "written into another item than it returned. "
			          "Behind the last one there is none.",
			          first);
}

UNIT(1_02, pool_gives_each_item_once, 2,
     "An item that is out is not given to anybody else.")
{
	struct pool *pool = new_pool(ITEMS, ITEM_BYTES);
	void *items[ITEMS];

	memset(pool->items, 0xa5, ITEMS * pool->item_bytes);
	for (int i = 0; i < ITEMS; i++) {
		items[i] = take(pool, (size_t)i);
		expect_fresh_untouched(pool, i + 1);
		for (int j = 0; j < i; j++) {
			if (items[i] == items[j])
				fail_test("pool_take() was called %d times and "
				          "returned %s at call %d and again at "
				          "call %d, though it had not been "
				          "given back.",
				          i + 1, name_of(pool, items[i]), j + 1,
				          i + 1);
		}
		memset(items[i], 0xff, ITEM_BYTES);
	}
}

UNIT(1_02, pool_is_empty_at_last, 1,
     "When all items are out, there is none: NULL.")
{
	struct pool *pool = new_pool(ITEMS, ITEM_BYTES);
	void *last = NULL;
	void *more;

	for (int i = 0; i < ITEMS; i++)
		last = take(pool, (size_t)i);
	expect_taken_count(pool, ITEMS,
	                   "All 7 items of a pool were taken. After that");
	more = pool_take(pool);
	if (more != NULL)
		fail_test(
			"A pool of %d items was emptied. pool_take() then "
			"returned %p; it should have returned NULL: there are "
			"no more, and the pool never grows.",
			ITEMS, more);
	expect_taken_count(pool, ITEMS,
	                   "All 7 items of a pool were out, and pool_take() "
	                   "returned NULL. After that");
	pool_give(pool, last);
	more = pool_take(pool);
	if (more != last)
		fail_test("A pool was emptied and %s given back. "
		          "pool_take() then returned %s; it should have "
		          "returned that one again.",
		          name_of(pool, last),
		          more == NULL ? "NULL" : name_of(pool, more));
}

UNIT(1_02, pool_takes_the_last_given_first, 2,
     "The item given back last is the first one taken again; it is still in "
     "the cache.")
{
	struct pool *pool = new_pool(ITEMS, ITEM_BYTES);
	void *items[ITEMS];

	for (int i = 0; i < ITEMS - 1; i++)
		items[i] = take(pool, (size_t)i);
	expect_taken_count(pool, ITEMS - 1,
	                   "6 items of a pool of 7 were taken. After that");
	for (int i = 0; i < ITEMS - 1; i++) {
		memset(items[i], 0xff, ITEM_BYTES);
		pool_give(pool, items[i]);
	}
	for (int i = ITEMS - 2; i >= 0; i--) {
		void *item = pool_take(pool);

		if (item != items[i])
			fail_test("Items 0 to %d of a pool of %d were taken, "
			          "and given back in this order. Taken again "
			          "they should come from the last to the "
			          "first. As number %d there came %s; it "
			          "should have been item %d.",
			          ITEMS - 2, ITEMS, ITEMS - 1 - i,
			          item == NULL ? "NULL" : name_of(pool, item),
			          i);
	}
	expect_taken_count(pool, ITEMS - 1,
	                   "6 items were taken, given back, and taken again. "
	                   "After that");

	void *fresh = item_at(pool, ITEMS - 1);
	void *next = pool_take(pool);
	if (next != fresh)
		fail_test("6 items of a pool of 7 were taken, given back, and "
		          "taken again: none of those given back was left. "
		          "pool_take() then returned %s; it should have "
		          "returned item 6, which nobody ever had.",
		          next == NULL ? "NULL" : name_of(pool, next));
	next = pool_take(pool);
	if (next != NULL)
		fail_test("All 7 items of a pool were out. pool_take() then "
		          "returned %s. It should have returned NULL.",
		          name_of(pool, next));
}
