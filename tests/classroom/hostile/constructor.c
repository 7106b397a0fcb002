/*
 * Ends the program before it begins, as if all were well.
 *
 * Expect: refused
 */
#include <unistd.h>

__attribute__((constructor)) static void
before_main(void)
{
	_exit(0);
}

int
timers_wait_ms(const struct timers *timers, int64_t now_ms)
{
	(void)timers;
	(void)now_ms;
	return 3600000;
}
