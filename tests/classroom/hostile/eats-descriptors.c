/*
 * Opens files until it can open no more.
 *
 * Expect: 1.12 is wrong
 */
#include <fcntl.h>
#include <sys/resource.h>

int
timers_wait_ms(const struct timers *timers, int64_t now_ms)
{
	(void)timers;
	(void)now_ms;
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	while (open("/dev/null", O_RDONLY) != -1)
		;
	return 3600000;
}
