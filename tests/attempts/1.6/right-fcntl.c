/*
 * accept() and two fcntl(), and a loop that is left in its middle.
 */
#include <fcntl.h>

void
listener_accept(struct event_source *source)
{
	struct listener *listener = LIST_ITEM(source, struct listener, source);
	enum listener_next next = LISTENER_PAUSE;

	while (listener->has_room(listener->owner)) {
		struct sockaddr_storage from;
		socklen_t from_bytes = sizeof from;
		int fd = accept(source->fd, (struct sockaddr *)&from,
		                &from_bytes);
		if (fd < 0) {
			next = listener_after_error(errno);
			if (next == LISTENER_GO_ON) {
				next = LISTENER_PAUSE;
				continue;
			}
			break;
		}
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		listener->on_accept(listener->owner, fd);
	}
	if (next == LISTENER_PAUSE)
		listener_pause(listener);
	else
		source->ready &= (unsigned)~EVENT_READ;
}
