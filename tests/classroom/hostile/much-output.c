/*
 * Prints a hundred gigabytes.
 *
 * Expect: 1.12 is wrong
 */
#include <stdio.h>

int
timers_wait_ms(const struct timers *timers, int64_t now_ms)
{
	(void)timers;
	(void)now_ms;
	static char text[1 << 20];

	for (int i = 0; i < 100000; i++) {
		fwrite(text, 1, sizeof text, stdout);
		fwrite(text, 1, sizeof text, stderr);
	}
	return 3600000;
}
