/*
 * Belief: "MAP_SHARED is all that it takes."
 *
 * What happens: Without MAP_ANONYMOUS a file is to be mapped, and -1 is none:
 * EBADF.
 *
 * Must fail: table_is_shared
 */
struct worker_table *
worker_table_new(size_t count)
{
	struct worker_table *table =
		mmap(NULL, table_bytes(count), PROT_READ | PROT_WRITE,
	             MAP_SHARED, -1, 0);
	if (table == MAP_FAILED)
		return NULL;
	table->main_pid = getpid();
	table->count = count;
	return table;
}
