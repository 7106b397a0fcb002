/*
 * Belief: "The kernel will not tell of it any more, so it is gone."
 *
 * What happens: It has been told of already, and waits for its turn. Its handler
 * is called when its struct belongs to somebody else.
 *
 * Must fail: removed_source_is_forgotten
 */
void
loop_remove(struct loop *loop, struct event_source *source)
{
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
	source->ready = 0;
}
