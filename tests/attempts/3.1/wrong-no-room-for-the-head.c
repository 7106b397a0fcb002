/*
 * Belief: "count workers: count times the size of one."
 *
 * What happens: The table's own fields come before the first. Mostly the last
 * page has room enough for that; with some counts it has not.
 *
 * Must fail: table_has_room_for_all
 */
struct worker_table *
worker_table_new(size_t count)
{
	struct worker_table *table =
		mmap(NULL, count * sizeof(struct worker),
	             PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (table == MAP_FAILED)
		return NULL;
	table->main_pid = getpid();
	table->count = count;
	return table;
}
