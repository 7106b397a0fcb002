/*
 * Never comes back.
 *
 * Expect: 1.12 is wrong
 */
int
timers_wait_ms(const struct timers *timers, int64_t now_ms)
{
	(void)timers;
	(void)now_ms;
	for (volatile int i = 0;; i = !i)
		;
	return 3600000;
}
