/*
 * Belief: "All is zero, and so it should be."
 *
 * What happens: The count too: whoever walks through the table finds nobody.
 *
 * Must fail: table_begins_empty
 */
struct worker_table *
worker_table_new(size_t count)
{
	struct worker_table *table =
		mmap(NULL, table_bytes(count), PROT_READ | PROT_WRITE,
	             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (table == MAP_FAILED)
		return NULL;
	table->main_pid = getpid();
	return table;
}
