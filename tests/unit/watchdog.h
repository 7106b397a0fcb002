/*
 * watchdog.h - when a function under test never comes back.
 *
 *	watchdog("Nobody waited. listener_accept() was called and did not "
 *	         "return. accept4() on a non-blocking socket says EAGAIN.");
 *	listener_accept(&source);
 *	watchdog(NULL);
 *
 * Between the two, the test fails with these words if the function spins,
 * blocks, follows a bad pointer or divides by 0. The times only decide when to
 * give up: on a function that needs microseconds.
 */
#ifndef WATCHDOG_H
#define WATCHDOG_H

#include "harness/graded.h"
#include "harness/wait.h"

#include <signal.h>
#include <stddef.h>
#include <sys/time.h>
#include <sys/types.h>
#include <unistd.h>

enum {
	WATCHDOG_CPU_MS = 1000, /* of computing: it spins */
	WATCHDOG_CHILD_DIED =
		98, /* exit status of a child with a bad pointer */
};

static const char *volatile watchdog_story;
static pid_t watchdog_pid;

static void
watchdog_bite(int signal_number)
{
	const char *how = "it took all of a CPU, and ran in a circle";

	if (getpid() != watchdog_pid) /* a child's, which is no test */
		_exit(WATCHDOG_CHILD_DIED);
	if (signal_number == SIGALRM)
		how = "it was asleep";
	if (signal_number == SIGSEGV || signal_number == SIGBUS)
		how = "it died of a bad pointer (SIGSEGV)";
	if (signal_number == SIGFPE)
		how = "it divided by 0 (SIGFPE)";
	fail_test("%s What it did instead: %s.", watchdog_story, how);
}

static inline struct itimerval
watchdog_time(int64_t ms)
{
	return (struct itimerval){
		.it_value = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000},
	};
}

static inline void
watchdog(const char *story)
{
	struct sigaction action = {.sa_handler = watchdog_bite};
	struct itimerval cpu = watchdog_time(WATCHDOG_CPU_MS);
	struct itimerval real =
		watchdog_time(wait_deadline_ms() - wait_now_ms());

	watchdog_story = story;
	watchdog_pid = getpid();
	if (story == NULL) {
		action.sa_handler = SIG_DFL;
		cpu = real = watchdog_time(0);
	}
	setitimer(ITIMER_PROF, &cpu, NULL);
	setitimer(ITIMER_REAL, &real, NULL);
	sigemptyset(&action.sa_mask);
	sigaction(SIGPROF, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGFPE, &action, NULL);
}

#endif
