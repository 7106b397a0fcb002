/*
 * Belief: "What is in `ready` does not matter when it is gone."
 *
 * What happens: A paused listener comes back, and is ready for clients that
 * another worker has accepted meanwhile.
 *
 * Must fail: removed_source_is_forgotten
 */
void
loop_remove(struct loop *loop, struct event_source *source)
{
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
	list_remove(&source->link);
}
