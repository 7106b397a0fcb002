/*
 * The other way round, unlinked by hand, and with an event, as old kernels
 * wanted it. A descriptor that the kernel does not know is no error.
 */
#include <assert.h>

static void
unlink_from(struct list *link)
{
	struct list *before = link->previous;
	struct list *behind = link->next;

	before->next = behind;
	behind->previous = before;
	link->next = link->previous = link;
}

void
loop_remove(struct loop *loop, struct event_source *source)
{
	struct epoll_event unused = {0};

	unlink_from(&source->link);
	source->ready &= 0;
	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, source->fd, &unused) != 0)
		assert(errno == ENOENT || errno == EBADF);
}
