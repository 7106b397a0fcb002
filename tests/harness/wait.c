#define _GNU_SOURCE
#include "wait.h"

#include <stdlib.h>
#include <time.h>

int64_t
wait_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

double
wait_patience(void)
{
	const char *text = getenv("PATIENCE");
	double patience = text == NULL ? 1 : atof(text);

	return patience < 1 ? 1 : patience;
}

int64_t
wait_deadline_ms(void)
{
	return wait_now_ms() + (int64_t)(WAIT_GIVE_UP_MS * wait_patience());
}

void
wait_nap(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 300 * 1000}, NULL);
}
