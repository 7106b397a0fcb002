/*
 * Belief: "Who is removed is closed; so it cannot be forgotten."
 *
 * What happens: The owner closes it once more, and hits whoever got the number
 * in between. And a listener is only paused.
 *
 * Must fail: removed_source_is_forgotten
 */
void
loop_remove(struct loop *loop, struct event_source *source)
{
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
	close(source->fd);
	source->ready = 0;
	list_remove(&source->link);
}
