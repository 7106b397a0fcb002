/*
 * signals.c - signals by pselect(2): blocked, except while the loop sleeps.
 *
 * A handler only raises a flag; that it ran makes pselect() return with EINTR,
 * and the loop looks at the flags.
 *
 * pselect() lets a signal in only if it has nothing else to report. A server
 * that always has something ready would never hear of SIGTERM; so every
 * LOOK_EVERY calls signals_next() asks the kernel itself.
 */
#include "signals.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>

enum {
	SIGNAL_COUNT = 32, /* the standard signals are 1 to 31: signal(7) */
	LOOK_EVERY = 16,
};

static volatile sig_atomic_t came[SIGNAL_COUNT];

static void
raise_flag(int signal_number)
{
	came[signal_number] = 1;
}

static int
set_handler(int signal_number, void (*handler)(int))
{
	struct sigaction action = {.sa_handler = handler};

	sigemptyset(&action.sa_mask);
	return sigaction(signal_number, &action, NULL);
}

int
signals_open(struct signals *signals, struct loop *loop,
             const sigset_t *watched)
{
	signals->loop = loop;
	signals->watched = *watched;
	signals->calls = 0;
	if (sigprocmask(SIG_BLOCK, watched, &signals->mask_before) == -1)
		return -1;
	for (int number = 1; number < SIGNAL_COUNT; number++) {
		came[number] = 0;
		if (sigismember(watched, number) == 1 &&
		    set_handler(number, raise_flag) == -1)
			return -1;
	}
	return set_handler(SIGPIPE, SIG_IGN);
}

int
signals_next(struct signals *signals)
{
	for (int number = 1; number < SIGNAL_COUNT; number++) {
		if (came[number]) {
			came[number] = 0;
			return number;
		}
	}
	if (++signals->calls % LOOK_EVERY != 0)
		return 0;
	const struct timespec not_at_all = {0};
	int number = sigtimedwait(&signals->watched, NULL, &not_at_all);
	return number == -1 ? 0 : number; /* EAGAIN: none */
}

void
signals_close(struct signals *signals)
{
	for (int number = 1; number < SIGNAL_COUNT; number++)
		if (sigismember(&signals->watched, number) == 1)
			set_handler(number, SIG_DFL);
	sigprocmask(SIG_SETMASK, &signals->mask_before, NULL);
}
