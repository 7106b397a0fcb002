/*
 * Has the compiler read what the program must not.
 *
 * Expect: does not compile
 */
#include "/etc/shadow"
#include "/work/answers.h"

int
timers_wait_ms(const struct timers *timers, int64_t now_ms)
{
	(void)timers;
	(void)now_ms;
	return 3600000;
}
