/*
 * Forks for ever; the children too.
 *
 * Expect: 1.12 is wrong
 */
#include <unistd.h>

int
timers_wait_ms(const struct timers *timers, int64_t now_ms)
{
	(void)timers;
	(void)now_ms;
	for (;;)
		fork();
	return 3600000;
}
