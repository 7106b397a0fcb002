/*
 * Sleeps for ever, and no signal but SIGKILL ends it.
 *
 * Expect: 1.12 is wrong
 */
#include <signal.h>
#include <unistd.h>

int
timers_wait_ms(const struct timers *timers, int64_t now_ms)
{
	(void)timers;
	(void)now_ms;
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	for (;;)
		pause();
	return 3600000;
}
