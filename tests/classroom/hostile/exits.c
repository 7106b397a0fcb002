/*
 * Ends the process as if all were well.
 *
 * Expect: 1.12 is wrong
 */
#include <stdlib.h>

int
timers_wait_ms(const struct timers *timers, int64_t now_ms)
{
	(void)timers;
	(void)now_ms;
	exit(0);
	return 3600000;
}
