/*
 * The way it was done before MAP_ANONYMOUS: /dev/zero, mapped MAP_SHARED, is
 * memory without a file.
 */
struct worker_table *
worker_table_new(size_t count)
{
	int fd = open("/dev/zero", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	void *room = mmap(NULL, table_bytes(count), PROT_WRITE | PROT_READ,
	                  MAP_SHARED, fd, 0);
	int error = errno;
	close(fd);
	if (room == MAP_FAILED) {
		errno = error;
		return NULL;
	}
	struct worker_table *table = room;
	table->count = count;
	table->main_pid = getpid();
	return table;
}
