/*
 * Belief: "If it is not in the list there is nothing to be done."
 *
 * What happens: An idle connection is in no list, and the kernel watches it all
 * the same.
 *
 * Must fail: removed_source_has_no_ghost
 */
void
loop_remove(struct loop *loop, struct event_source *source)
{
	if (list_is_empty(&source->link))
		return;
	list_remove(&source->link);
	source->ready = 0;
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
}
