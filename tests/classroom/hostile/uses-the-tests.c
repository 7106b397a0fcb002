/*
 * Calls what belongs to the tests.
 *
 * Expect: refused
 */
void graded_pass(void);
void graded_end(void);

int
timers_wait_ms(const struct timers *timers, int64_t now_ms)
{
	(void)timers;
	(void)now_ms;
	graded_pass();
	graded_end();
	return 3600000;
}
