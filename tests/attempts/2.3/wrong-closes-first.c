/*
 * Belief: "First close it, then tidy up behind it."
 *
 * What happens: EPOLL_CTL_DEL of a closed descriptor is EBADF, and nobody looks.
 * If another process has a copy, its events come for ever, and nobody can end
 * that any more.
 *
 * Must fail: removed_source_has_no_ghost
 */
void
loop_remove(struct loop *loop, struct event_source *source)
{
	list_remove(&source->link);
	source->ready = 0;
	close(source->fd);
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
}
