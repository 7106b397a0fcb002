/*
 * Registers for nothing, then says what for; all flags are written out, those
 * too that the kernel reports anyhow. An exclusive source is added in one: the
 * kernel does not let it be changed.
 */
#include <string.h>

int
loop_add(struct loop *loop, struct event_source *source)
{
	struct epoll_event event;
	int result;

	memset(&event, 0, sizeof event);
	event.data.ptr = source;
	source->link.next = source->link.previous = &source->link;
	if ((source->wants & EVENT_EXCLUSIVE) != 0) {
		event.events = EPOLLIN | EPOLLERR | EPOLLHUP | EPOLLET |
		               EPOLLEXCLUSIVE;
		return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, source->fd,
		                 &event);
	}
	result = epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, source->fd, &event);
	if (result < 0)
		return result;
	event.events = EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLERR | EPOLLHUP |
	               EPOLLRDHUP | EPOLLET;
	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, source->fd, &event);
}
