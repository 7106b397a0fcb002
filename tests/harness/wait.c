#define _GNU_SOURCE
#include "wait.h"

#include "graded.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { ASK_MS = 50 }; /* to ask costs more than to look */

static int64_t expected_ms;
static bool (*has_hope)(void);
static int64_t asked_ms, hopeless_ms; /* since when; 0: there is hope */

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
	int give_up_ms = wait_is_hurried() ? WAIT_HURRY_MS : WAIT_GIVE_UP_MS;

	hopeless_ms = 0;
	return wait_now_ms() + expected_ms +
	       (int64_t)(give_up_ms * wait_patience());
}

void
wait_ask(bool (*function)(void))
{
	has_hope = function;
}

bool
wait_is_over(int64_t deadline_ms)
{
	int64_t now_ms = wait_now_ms();

	if (has_hope != NULL && now_ms - asked_ms >= ASK_MS) {
		asked_ms = now_ms;
		if (has_hope())
			hopeless_ms = 0;
		else if (hopeless_ms == 0)
			hopeless_ms = now_ms;
	}
	if (hopeless_ms != 0 &&
	    (double)(now_ms - hopeless_ms) > WAIT_IN_VAIN_MS * wait_patience())
		return true;
	return now_ms > deadline_ms;
}

void
wait_expect_ms(int64_t ms)
{
	expected_ms = ms;
}

/* Tests are processes of their own, and some began long ago: a file tells all
   of them. Beside their folders: a test's name has no dot. */
static const char *
hurry_path(void)
{
	const char *folder = getenv(GRADED_SCRATCH);
	static char *path;

	if (path == NULL)
		path = text_print("%s/.hurry", folder == NULL ? "" : folder);
	return path;
}

void
wait_end_hurry(void)
{
	unlink(hurry_path());
}

void
wait_begin_hurry(void)
{
	int fd = open(hurry_path(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	if (fd != -1) /* or else they take their time */
		close(fd);
}

/* Tests look at errno, and call this between. */
bool
wait_is_hurried(void)
{
	int error = errno;
	bool is_there = access(hurry_path(), F_OK) == 0;

	errno = error;
	return is_there;
}

void
wait_nap(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 300 * 1000}, NULL);
}
