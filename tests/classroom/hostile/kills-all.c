/*
 * Kills every process that it may.
 *
 * Expect: 1.12 is wrong
 */
#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

int
timers_wait_ms(const struct timers *timers, int64_t now_ms)
{
	(void)timers;
	(void)now_ms;
	kill(getppid(), SIGKILL);
	kill(-1, SIGKILL);
	return 3600000;
}
