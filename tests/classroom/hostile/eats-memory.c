/*
 * Touches all memory that there is.
 *
 * Expect: 1.12 is wrong
 */
#include <stdlib.h>
#include <string.h>

int
timers_wait_ms(const struct timers *timers, int64_t now_ms)
{
	(void)timers;
	(void)now_ms;
	for (;;) {
		char *piece = malloc(16 << 20);
		if (piece != NULL)
			memset(piece, 1, 16 << 20);
	}
	return 3600000;
}
