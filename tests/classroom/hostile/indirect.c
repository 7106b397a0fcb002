/*
 * Has code that the loader runs, to choose a function.
 *
 * Expect: refused
 */
#include <unistd.h>

static int
seven(void)
{
	return 7;
}

static int (*choose(void))(void)
{
	_exit(0);
	return seven;
}

int chosen(void) __attribute__((ifunc("choose")));

int
timers_wait_ms(const struct timers *timers, int64_t now_ms)
{
	(void)timers;
	(void)now_ms;
	chosen();
	return 3600000;
}
