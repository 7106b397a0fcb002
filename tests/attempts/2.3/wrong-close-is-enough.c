/*
 * Belief: "close() takes a descriptor out of epoll; the man page says so."
 *
 * What happens: It says: when the last descriptor of the open file is closed.
 * Another process may hold one (stages 3 and 4), and then events come for a
 * source that is gone.
 *
 * Must fail: removed_source_has_no_ghost
 */
void
loop_remove(struct loop *loop, struct event_source *source)
{
	(void)loop;
	source->ready = 0;
	list_remove(&source->link);
}
