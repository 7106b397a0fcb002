/*
 * Belief: "mmap() makes memory that processes share."
 *
 * What happens: With MAP_PRIVATE it is copied at fork() like all else. The
 * statistics of all workers but the one that answers are 0.
 *
 * Must fail: table_is_shared
 */
struct worker_table *
worker_table_new(size_t count)
{
	struct worker_table *table =
		mmap(NULL, table_bytes(count), PROT_READ | PROT_WRITE,
	             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (table == MAP_FAILED)
		return NULL;
	table->main_pid = getpid();
	table->count = count;
	return table;
}
