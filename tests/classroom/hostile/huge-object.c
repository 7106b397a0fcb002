/*
 * Is compiled to more than any disk has.
 *
 * Expect: refused
 */
char huge[1L << 40] = {1};

int
timers_wait_ms(const struct timers *timers, int64_t now_ms)
{
	(void)timers;
	(void)now_ms;
	now_ms += huge[now_ms & 1023];
	return 3600000;
}
