/*
 * Belief: "sizeof says how large a struct is."
 *
 * What happens: A flexible array counts for nothing in it. A page is mapped in
 * any case, and holds the first few places; behind it lies something else.
 *
 * Must fail: table_has_room_for_all
 */
struct worker_table *
worker_table_new(size_t count)
{
	struct worker_table *table =
		mmap(NULL, sizeof *table, PROT_READ | PROT_WRITE,
	             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (table == MAP_FAILED)
		return NULL;
	table->main_pid = getpid();
	table->count = count;
	return table;
}
