/*
 * Belief: "The main process is the parent."
 *
 * What happens: The workers' parent; here it is the process itself. Each worker
 * believes that the main process has died, and ends.
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
	table->main_pid = getppid();
	table->count = count;
	return table;
}
