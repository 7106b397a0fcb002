/*
 * SIGPIPE first, the signals blocked one by one, the flags set with fcntl().
 */
#include <fcntl.h>

static void
block_each(const sigset_t *watched)
{
	for (int number = 1; number < NSIG; number++) {
		sigset_t one;
		if (sigismember(watched, number) != 1)
			continue;
		sigemptyset(&one);
		sigaddset(&one, number);
		sigprocmask(SIG_BLOCK, &one, NULL);
	}
}

int
signals_open(struct signals *signals, struct loop *loop,
             const sigset_t *watched)
{
	int fd;

	if (ignore_sigpipe() != 0)
		return -1;
	signals->loop = loop;
	signals->watched = *watched;
	sigprocmask(SIG_BLOCK, NULL, &signals->mask_before);
	block_each(watched);
	fd = signalfd(-1, &signals->watched, 0);
	if (fd < 0)
		return -1;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	signals->source.fd = fd;
	signals->source.ready = 0;
	signals->source.wants = EVENT_READ;
	signals->source.on_event = on_event;
	return loop_add(loop, &signals->source);
}
