/*
 * Belief: "mmap() returns NULL when it fails, as malloc() does."
 *
 * What happens: It returns MAP_FAILED, which is (void *)-1.
 *
 * Must fail: table_that_does_not_fit
 */
struct worker_table *
worker_table_new(size_t count)
{
	struct worker_table *table =
		mmap(NULL, table_bytes(count), PROT_READ | PROT_WRITE,
	             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (table == NULL)
		return NULL;
	table->main_pid = getpid();
	table->count = count;
	return table;
}
