/*
 * Leaves processes behind that belong to nobody.
 *
 * Expect: 1.12 is wrong
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

int
timers_wait_ms(const struct timers *timers, int64_t now_ms)
{
	(void)timers;
	(void)now_ms;
	for (int i = 0; i < 4; i++) {
		if (fork() != 0)
			continue;
		setsid();
		prctl(PR_SET_NAME, "left-behind");
		if (fork() != 0)
			_exit(0);
		for (int sig = 1; sig < NSIG; sig++)
			signal(sig, SIG_IGN);
		for (;;)
			pause();
	}
	return 3600000;
}
