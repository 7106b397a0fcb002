/*
 * worker.c - what makeWorker() of exercise 0.3 does, test by test.
 *
 *	worker NAME
 *
 * Exit status 0: passed. 1: failed, 3: it did not come to an end; stdout says
 * what was done, what happened, and what should have happened. The child's
 * workerMain() is here, and so is a fork() that can be told to fail (--wrap
 * makes the linker take ours).
 */
#define _GNU_SOURCE
#include "worker.h"
#include "work.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_S = 10, RESULT = 42 };

/* What the processes tell each other: in memory that they share. */
static struct {
	int works;         /* how many times workerMain() was called */
	pid_t worked[2];   /* by whom */
	void *data[2];     /* with what */
	int returned;      /* makeWorker() returned in a child */
	int exit_handlers; /* a child ran an atexit() handler */
} * shared;

static pid_t parent;
static int hold[2];       /* workers work until the parent closes hold[1] */
static int fork_fails;    /* with EAGAIN */
static int fork_calls;    /* so that it can be told that nobody called it */
static const char *doing; /* for when time is up */

pid_t __real_fork(void);
pid_t __wrap_fork(void);

pid_t
__wrap_fork(void)
{
	fork_calls++;
	if (fork_fails) {
		errno = EAGAIN;
		return -1;
	}
	pid_t pid = __real_fork();
	if (pid == 0) /* whatever it does: it ends when the test does */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

int
workerMain(struct workerdata *data)
{
	char byte;
	int i = __atomic_fetch_add(&shared->works, 1, __ATOMIC_SEQ_CST);

	if (i < 2) {
		shared->worked[i] = getpid();
		shared->data[i] = data;
	}
	if (getpid() != parent) {
		close(hold[1]);
		while (read(hold[0], &byte, 1) == -1 && errno == EINTR)
			;
	}
	return RESULT;
}

__attribute__((format(printf, 1, 2), noreturn)) static void
fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	fflush(stdout);
	_exit(1);
}

static void
on_alarm(int signal_number)
{
	static const char text[] =
		" It had not happened after 10 s.\n"; /* PATIENCE_S */

	(void)signal_number;
	if (write(STDOUT_FILENO, doing, strlen(doing)) == -1 ||
	    write(STDOUT_FILENO, text, sizeof text - 1) == -1)
		_exit(2);
	_exit(3);
}

static void
on_exit_of_child(void)
{
	if (getpid() != parent)
		shared->exit_handlers++;
}

/* makeWorker() as the tests call it: in a child it must not come back. */
static int
make(struct workerdata *data)
{
	doing = "makeWorker() was called; the worker goes on working until the"
		" parent lets it end. makeWorker() should have returned at "
		"once.";
	alarm(PATIENCE_S);
	int result = makeWorker(data);
	int error = errno;
	if (getpid() != parent) {
		shared->returned++;
		_exit(RESULT);
	}
	errno = error;
	return result;
}

/* The workers may end. Returns how the process `pid` ended, as wait(2) says. */
static int
wait_for_end(pid_t pid)
{
	int status;

	doing = "The worker was let end. Its process should have ended.";
	if (hold[1] != -1)
		close(hold[1]);
	hold[1] = -1;
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			fail("makeWorker() was called and set data->pid to "
			     "%ld. This is no child of the process that "
			     "called it: waitpid() says \"%s\". It should be "
			     "what fork() has returned in the parent.",
			     (long)pid, strerror(errno));
	return status;
}

static int
make_one(struct workerdata *data)
{
	*data = (struct workerdata){.pid = -7, .status = BUSY};
	int result = make(data);
	if (result != 0)
		fail("makeWorker() was called, and fork() did not fail. In the "
		     "parent it returned %d. It should have returned 0.",
		     result);
	return result;
}

static void
test_parent_gets_pid_and_status(void)
{
	struct workerdata data;

	make_one(&data);
	if (data.pid == -7)
		fail("makeWorker() was called. In the parent data->pid is as "
		     "it "
		     "was. It should be the new process. (After fork() the "
		     "child has memory of its own: what it writes there, the "
		     "parent does not see.)");
	if (data.status != FREE)
		fail("makeWorker() was called with a status of BUSY. In the "
		     "parent data->status is %d afterwards. It should be FREE, "
		     "which is %d.",
		     data.status, FREE);
	if (data.pid == parent)
		fail("makeWorker() was called. data->pid is the process that "
		     "called it. It should be the new one.");
	if (data.pid <= 0)
		fail("makeWorker() was called. data->pid is %ld. It should be "
		     "the new process.",
		     (long)data.pid);
	wait_for_end(data.pid);
}

static void
test_child_does_the_work(void)
{
	struct workerdata data;

	make_one(&data);
	wait_for_end(data.pid);
	if (shared->works == 0)
		fail("makeWorker() was called, and its child has ended. "
		     "workerMain() was not called. It should have been, by the "
		     "child.");
	if (shared->works > 1)
		fail("makeWorker() was called once. workerMain() was called "
		     "%d times. It should have been called once, by the child.",
		     shared->works);
	if (shared->worked[0] != data.pid)
		fail("makeWorker() was called. workerMain() ran in process "
		     "%ld, and data->pid is %ld. It should be the same "
		     "process: "
		     "the child.",
		     (long)shared->worked[0], (long)data.pid);
	if (shared->data[0] != &data)
		fail("makeWorker() was called. workerMain() was given %p. It "
		     "should have been given what makeWorker() was given, %p.",
		     shared->data[0], (void *)&data);
}

static void
test_child_never_returns(void)
{
	struct workerdata data;

	make_one(&data);
	wait_for_end(data.pid);
	if (shared->returned > 0)
		fail("makeWorker() was called, and workerMain() returned in "
		     "the "
		     "child. Then makeWorker() returned in the child as well, "
		     "so that two processes went on in the parent's code. The "
		     "child should have ended.");
}

static void
test_child_ends_with_its_result(void)
{
	struct workerdata data;

	make_one(&data);
	int status = wait_for_end(data.pid);
	if (WIFSIGNALED(status))
		fail("workerMain() returned %d in the child. A signal ended "
		     "the "
		     "child: %s. It should have ended with exit status %d.",
		     RESULT, strsignal(WTERMSIG(status)), RESULT);
	if (WEXITSTATUS(status) != RESULT)
		fail("workerMain() returned %d in the child. The child ended "
		     "with exit status %d. It should have ended with %d.",
		     RESULT, WEXITSTATUS(status), RESULT);
}

static void
test_child_leaves_the_parents_things_alone(void)
{
	struct workerdata data;
	int ends[2];
	int bytes;

	/* A stream with a byte not written yet: the child has it, too. */
	if (pipe(ends) == -1 || atexit(on_exit_of_child) != 0)
		fail("The test itself failed: %s", strerror(errno));
	FILE *stream = fdopen(ends[1], "w");
	if (stream == NULL || fputc('x', stream) == EOF)
		fail("The test itself failed: %s", strerror(errno));
	make_one(&data);
	wait_for_end(data.pid);
	fflush(stream);
	if (ioctl(ends[0], FIONREAD, &bytes) == -1)
		fail("The test itself failed: %s", strerror(errno));
	if (bytes > 1)
		fail("Before makeWorker() the parent had written a byte to a "
		     "stream, not flushed yet. The child has written its copy "
		     "of it when it ended, so it came out twice. It should "
		     "have "
		     "ended with _exit().");
	if (shared->exit_handlers > 0)
		fail("The parent has a function that is to be called at exit: "
		     "atexit(3). The child called it when it ended. It should "
		     "have ended with _exit().");
}

static void
test_two_workers(void)
{
	struct workerdata data[2];

	make_one(&data[0]);
	struct workerdata first = data[0];
	make_one(&data[1]);
	if (data[0].pid != first.pid || data[0].status != first.status)
		fail("Two workers were made, for two places of a table. The "
		     "second call has changed the first place. It should have "
		     "changed only its own.");
	if (data[0].pid == data[1].pid)
		fail("Two workers were made. Both have pid %ld. Each should "
		     "have its own.",
		     (long)data[0].pid);
	wait_for_end(data[0].pid);
	wait_for_end(data[1].pid);
	if (shared->works != 2)
		fail("Two workers were made. workerMain() was called %d times. "
		     "It should have been called twice, once by each.",
		     shared->works);
}

static void
test_fork_fails(void)
{
	struct workerdata data = {.pid = 4711, .status = BUSY};

	fork_fails = 1;
	int result = make(&data);
	int error = errno;
	fork_fails = 0;
	if (fork_calls == 0) {
		if (result == 0)
			wait_for_end(data.pid);
		return; /* it has another way: we cannot make that one fail */
	}
	if (shared->works > 0)
		fail("fork() failed. workerMain() was called all the same. "
		     "There "
		     "is no child to call it.");
	if (result != -1)
		fail("fork() failed (it returned -1). makeWorker() returned "
		     "%d. "
		     "It should have returned -1.",
		     result);
	if (data.pid != 4711 || data.status != BUSY)
		fail("fork() failed. *data was {4711, %d} before and is {%ld, "
		     "%d} now. It should be as it was: there is no new worker.",
		     BUSY, (long)data.pid, data.status);
	if (error != EAGAIN)
		fail("fork() failed with EAGAIN. After makeWorker() errno is "
		     "\"%s\". It should still be what fork() has set.",
		     strerror(error));
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{"parent_gets_pid_and_status", test_parent_gets_pid_and_status},
	{"child_does_the_work", test_child_does_the_work},
	{"child_never_returns", test_child_never_returns},
	{"child_ends_with_its_result", test_child_ends_with_its_result},
	{"child_leaves_the_parents_things_alone",
         test_child_leaves_the_parents_things_alone},
	{"two_workers", test_two_workers},
	{"fork_fails", test_fork_fails},
};

int
main(int argc, char *argv[])
{
	struct sigaction action = {.sa_handler = on_alarm};

	parent = getpid();
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
	              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (argc != 2 || shared == MAP_FAILED || pipe(hold) == -1 ||
	    sigaction(SIGALRM, &action, NULL) == -1)
		return 2;
	for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
		if (strcmp(tests[i].name, argv[1]) == 0) {
			tests[i].run();
			return 0;
		}
	return 2;
}
