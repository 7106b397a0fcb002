/*
 * Belief: "After fork() parent and child have the same memory."
 *
 * What happens: They have copies of it. What a worker counts, nobody else sees.
 *
 * Must fail: table_is_shared
 */
#include <stdlib.h>

struct worker_table *
worker_table_new(size_t count)
{
	struct worker_table *table = calloc(1, table_bytes(count));
	if (table == NULL)
		return NULL;
	table->main_pid = getpid();
	table->count = count;
	return table;
}
