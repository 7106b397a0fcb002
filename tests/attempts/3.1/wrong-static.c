/*
 * Belief: "A global variable is one for the whole program."
 *
 * What happens: For each process of it one.
 *
 * Must fail: table_is_shared
 */
struct worker_table *
worker_table_new(size_t count)
{
	static alignas(struct worker) char room[1 << 20];
	struct worker_table *table = (void *)room;

	if (table_bytes(count) > sizeof room) {
		errno = ENOMEM;
		return NULL;
	}
	memset(room, 0, table_bytes(count));
	table->main_pid = getpid();
	table->count = count;
	return table;
}
