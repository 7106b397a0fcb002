/*
 * signals.c - signals by signalfd(2): blocked, and read like anything else.
 *
 * There is no handler any more, no flag, and no moment in which a signal could
 * come at the wrong time: one that has come makes a descriptor readable.
 */
#include "signals.h"

#include <errno.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* That it has happened is in `ready`: signals_next() sees to the rest. */
static void
on_event(struct event_source *source)
{
	(void)source;
}

static int
ignore_sigpipe(void)
{
	struct sigaction action = {.sa_handler = SIG_IGN};

	sigemptyset(&action.sa_mask);
	return sigaction(SIGPIPE, &action, NULL);
}

/*
 * Exercise 2.5 - Signals as events.
 *
 * Blocks the watched signals first (sigprocmask(2), SIG_BLOCK, keeping the old
 * mask in mask_before): a signal that is not blocked does what it always does,
 * and the descriptor never hears of it. Then signalfd(2) with SFD_NONBLOCK and
 * SFD_CLOEXEC, and its source (it wants EVENT_READ, on_event() above) into the
 * loop, which is kept in signals->loop: signals_close() needs it.
 * ignore_sigpipe() at last.
 *
 * Returns 0, or -1 with errno.
 *
 * Until written: signals->source.fd = -1; return ignore_sigpipe();
 */
int
signals_open(struct signals *signals, struct loop *loop,
             const sigset_t *watched)
{
	signals->loop = loop;
	if (sigprocmask(SIG_BLOCK, watched, &signals->mask_before) == -1)
		return -1;
	int fd = signalfd(-1, watched, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd == -1)
		return -1;
	signals->source = (struct event_source){
		.fd = fd,
		.wants = EVENT_READ,
		.on_event = on_event,
	};
	if (loop_add(loop, &signals->source) == -1)
		return -1;
	return ignore_sigpipe();
}

/*
 * Exercise 2.6 - Take a signal.
 *
 * If EVENT_READ is in the source's `ready`: reads one struct signalfd_siginfo
 * and returns its ssi_signo. EINTR: tries again. EAGAIN: all are taken; clears
 * EVENT_READ and returns 0; so it does if anything else fails. It is called
 * until it returns 0.
 *
 * Until written: return 0;
 */
int
signals_next(struct signals *signals)
{
	struct signalfd_siginfo info;
	ssize_t got;

	if (!(signals->source.ready & EVENT_READ))
		return 0;
	do
		got = read(signals->source.fd, &info, sizeof info);
	while (got == -1 && errno == EINTR);
	if (got == sizeof info)
		return (int)info.ssi_signo;
	signals->source.ready &= ~EVENT_READ;
	return 0;
}

void
signals_close(struct signals *signals)
{
	loop_remove(signals->loop, &signals->source);
	close(signals->source.fd);
	sigprocmask(SIG_SETMASK, &signals->mask_before, NULL);
}
