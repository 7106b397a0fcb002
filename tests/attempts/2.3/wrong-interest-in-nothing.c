/*
 * Belief: "Interested in nothing is as good as removed."
 *
 * What happens: EPOLLHUP and EPOLLERR are told of in any case; and it cannot be
 * added again: EEXIST.
 *
 * Must fail: removed_source_can_come_back
 */
void
loop_remove(struct loop *loop, struct event_source *source)
{
	struct epoll_event nothing = {.events = 0, .data.ptr = source};

	epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, source->fd, &nothing);
	source->ready = 0;
	list_remove(&source->link);
}
