/*
 * Belief: "A removed source is empty: all fields to zero."
 *
 * What happens: `wants` is its owner's. A listener that was paused for a moment
 * is deaf from then on.
 *
 * Must fail: removed_source_can_come_back
 */
void
loop_remove(struct loop *loop, struct event_source *source)
{
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
	list_remove(&source->link);
	source->wants = 0;
	source->ready = 0;
}
