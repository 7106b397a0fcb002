/*
 * Belief: "list_init() takes a link out: it is linked to itself then."
 *
 * What happens: Its neighbours are still linked to it. Who walks along the list
 * comes to it, and from there nowhere else.
 *
 * Must fail: removed_source_is_forgotten
 */
void
loop_remove(struct loop *loop, struct event_source *source)
{
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
	source->ready = 0;
	list_init(&source->link);
}
