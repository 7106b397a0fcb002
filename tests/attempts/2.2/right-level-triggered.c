/*
 * The loop level-triggered: the kernel repeats itself, so it must only be asked
 * for what a source wants just now. Before each wait the interest of those whose
 * `wants` has changed is changed, as with poll(2). (An exclusive source cannot
 * be changed; it is a listener and wants the same all the time.)
 */
enum { FDS_MAX = 1 << 16 };

static struct event_source *watched[FDS_MAX];
static int known[FDS_MAX]; /* what the kernel has been told */
static int highest_fd;

static uint32_t
interest(int wants)
{
	uint32_t events = 0;

	if (wants & EVENT_READ)
		events |= EPOLLIN;
	if (wants & EVENT_EXCLUSIVE)
		return events | EPOLLEXCLUSIVE;
	if (wants & EVENT_READ)
		events |= EPOLLRDHUP;
	if (wants & EVENT_WRITE)
		events |= EPOLLOUT;
	return events;
}

int
loop_add(struct loop *loop, struct event_source *source)
{
	struct epoll_event event = {
		.events = interest(source->wants),
		.data.ptr = source,
	};

	list_init(&source->link);
	if (source->fd >= FDS_MAX) {
		errno = EMFILE;
		return -1;
	}
	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, source->fd, &event) == -1)
		return -1;
	watched[source->fd] = source;
	known[source->fd] = source->wants;
	if (source->fd > highest_fd)
		highest_fd = source->fd;
	return 0;
}

void
loop_remove(struct loop *loop, struct event_source *source)
{
	list_remove(&source->link);
	source->ready = 0;
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
	watched[source->fd] = NULL;
}

static void
tell_what_has_changed(struct loop *loop)
{
	for (int fd = 0; fd <= highest_fd; fd++) {
		struct event_source *source = watched[fd];
		if (source == NULL || source->wants == known[fd])
			continue;
		struct epoll_event event = {
			.events = interest(source->wants),
			.data.ptr = source,
		};
		epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, fd, &event);
		known[fd] = source->wants;
	}
}

int
loop_wait(struct loop *loop, int timeout_ms)
{
	tell_what_has_changed(loop);
	int count = epoll_wait(loop->epoll_fd, loop->events, BATCH_EVENTS,
	                       list_is_empty(&loop->ready) ? timeout_ms : 0);
	if (count == -1 && errno == EINTR)
		return 0;
	for (int i = 0; i < count; i++) {
		struct event_source *source = loop->events[i].data.ptr;
		source->ready |= happened(loop->events[i].events);
		if (source->ready & source->wants)
			loop_again(loop, source);
	}
	return count;
}
