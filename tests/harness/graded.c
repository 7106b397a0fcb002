/*
 * graded.c - the inside of a test's process; see graded.h.
 */
#define _GNU_SOURCE
#include "graded.h"

#include "client.h"
#include "subject.h"
#include "table.h"
#include "wait.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* No program under test may look into ours; the runner sets it. */
#define GUARD "GRADED_GUARD"

enum {
	EXIT_NOT_WRITTEN = 70,
	UNIT_SECONDS = 10, /* to give up; times patience */
	UNIT_HURRY_SECONDS = 4,
	SYSTEM_SECONDS = 60,
	QUOTE_MAX = 200, /* bytes of a longer text that text_quote() shows */
};

static struct graded_test *tests;
static char *scratch;
static char *end_mark; /* NULL where nobody looks for it */
static bool is_here;   /* in the runner's process, perhaps in a debugger */

/* A stub looks at this (tools/exercise.h): "1.6", or "". */
const char *exercise_under_test = "";

void
graded_register(struct graded_test *test)
{
	test->next = tests;
	tests = test;
}

struct graded_test *
graded_tests(void)
{
	return tests;
}

double
graded_timeout(const struct graded_test *test)
{
	bool is_unit = test->kind == GRADED_UNIT || test->kind == GRADED_GIVEN;
	double seconds = test->extra->timeout;

	if (seconds <= 0)
		seconds = is_unit ? UNIT_SECONDS : SYSTEM_SECONDS;
	if (is_unit && seconds > UNIT_HURRY_SECONDS && wait_is_hurried())
		seconds = UNIT_HURRY_SECONDS;
	return seconds * wait_patience();
}

const char *
scratch_path(void)
{
	return scratch;
}

static void
redirect_output(void)
{
	char *path = text_print("%s/output", scratch);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

	if (fd == -1)
		err(1, "%s", path);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	close(fd);
	setvbuf(stdout, NULL, _IONBF, 0); /* a crash loses nothing */
}

static void
make_scratch(const char *name)
{
	const char *folder = getenv(GRADED_SCRATCH);

	if (folder == NULL)
		folder = "/tmp";
	scratch = text_print("%s/%s", folder, name);
	if (mkdir(scratch, 0777) == -1 && access(scratch, W_OK) == -1)
		err(1, "%s", scratch);
}

/* Memory that is a file: a test may run out of descriptors, or change its user
   and folder, and can still say that it has come to its end. */
static void
make_end_mark(void)
{
	char *path = text_print("%s/" GRADED_END_MARK, scratch);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd == -1 || ftruncate(fd, 1) == -1)
		err(1, "%s", path);
	end_mark = mmap(NULL, 1, PROT_WRITE, MAP_SHARED, fd, 0);
	if (end_mark == MAP_FAILED)
		err(1, "%s", path);
	close(fd);
}

static void
note_exercise(const char *name)
{
	int stage, number;

	for (struct graded_test *test = tests; test != NULL;
	     test = test->next) {
		if (strcmp(test->name, name) == 0 &&
		    table_parse_id(test->exercise, &stage, &number))
			exercise_under_test =
				text_print("%d.%d", stage, number);
	}
}

/*
 * Criterion's own timeouts get lost when tests with different ones run at the
 * same time. This one is the kernel's, and nothing that a student's code does
 * to signals can stop SIGKILL.
 */
static void
limit_time(const char *name)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL,
	                         .sigev_signo = SIGKILL};
	struct itimerspec time = {0};
	timer_t timer;

	for (struct graded_test *test = tests; test != NULL;
	     test = test->next) {
		if (strcmp(test->name, name) == 0)
			time.it_value.tv_sec = (time_t)graded_timeout(test) + 1;
	}
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) == -1 ||
	    timer_settime(timer, 0, &time, NULL) == -1)
		err(1, "timer_create");
}

void
graded_begin(void)
{
	const char *name = criterion_current_test->name;

	/* warn() begins with it; nobody shall wonder who "boxfort-worker" is */
	program_invocation_short_name = "test";
	if (getenv(GUARD) != NULL)
		prctl(PR_SET_DUMPABLE, 0);
	note_exercise(name);
	make_scratch(name);
	make_end_mark();
	redirect_output();
	limit_time(name);
}

void
graded_begin_here(const char *name)
{
	is_here = true;
	note_exercise(name);
	make_scratch(name);
}

/* A process that ends before this with exit(0) has not passed. */
void
graded_pass(void)
{
	subject_check_all();
	if (end_mark != NULL)
		*end_mark = GRADED_HAS_ENDED;
}

/* The report looks for this line in the output of a test that failed. */
static bool
say_not_written(void)
{
	const char *line = subject_not_written();

	if (line != NULL)
		dprintf(STDERR_FILENO, "\n%s\n", line);
	return line != NULL;
}

void
graded_end(void)
{
	say_not_written();
	subject_kill_all();
}

void
graded_end_here(void)
{
	graded_pass();
	subject_kill_all();
}

void
fail_test(const char *format, ...)
{
	va_list arguments;
	char *message;

	if (say_not_written()) {
		subject_kill_all();
		exit(EXIT_NOT_WRITTEN);
	}
	va_start(arguments, format);
	if (vasprintf(&message, format, arguments) == -1)
		abort();
	va_end(arguments);
	client_write_stories(text_print("%s/clients", scratch));
	subject_write_processes(text_print("%s/processes", scratch));
	if (is_here) {
		fprintf(stderr, "%s%s\n", message, subject_last_words());
		subject_kill_all();
		abort();
	}
	cr_assert_fail("%s%s", message, subject_last_words());
	abort();
}

/* A line in the test's output. */
#define JUDGED "(judged, whatever is not written)"

void
judge_all_the_same(void)
{
	dprintf(STDERR_FILENO, "\n" JUDGED "\n");
}

void
not_checked(const char *why, ...)
{
	va_list arguments;
	char *message;

	va_start(arguments, why);
	if (vasprintf(&message, why, arguments) == -1)
		abort();
	va_end(arguments);
	if (is_here)
		errx(0, "not checked: %s", message);
	cr_skip_test("%s", message);
	abort();
}

char *
text_print(const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) == -1)
		abort();
	va_end(arguments);
	return text;
}

char *
text_signal(int signal_number)
{
	static const struct {
		int number;
		const char *name;
	} names[] = {
		{SIGHUP, "SIGHUP"},   {SIGINT, "SIGINT"},
		{SIGQUIT, "SIGQUIT"}, {SIGILL, "SIGILL"},
		{SIGTRAP, "SIGTRAP"}, {SIGABRT, "SIGABRT"},
		{SIGBUS, "SIGBUS"},   {SIGFPE, "SIGFPE"},
		{SIGKILL, "SIGKILL"}, {SIGSEGV, "SIGSEGV"},
		{SIGPIPE, "SIGPIPE"}, {SIGALRM, "SIGALRM"},
		{SIGTERM, "SIGTERM"}, {SIGUSR1, "SIGUSR1"},
		{SIGUSR2, "SIGUSR2"}, {SIGCHLD, "SIGCHLD"},
		{SIGPROF, "SIGPROF"}, {SIGXCPU, "SIGXCPU"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (names[i].number == signal_number)
			return text_print("%s (%s)", names[i].name,
			                  strsignal(signal_number));
	}
	return text_print("signal %d (%s)", signal_number,
	                  strsignal(signal_number));
}

char *
text_not_written(const char *text)
{
	const char *judged = strstr(text, "\n" JUDGED "\n");
	char *stand_in = NULL;

	if (judged != NULL)
		text = judged + 1;
	for (const char *line = text; *line != '\0';) {
		int bytes = (int)strcspn(line, "\n");
		int stage, number, length = 0;

		if (sscanf(line, "exercise %d.%d:%n", &stage, &number,
		           &length) == 2 &&
		    length > 0)
			return text_print("%.*s", bytes, line);
		if (sscanf(line, "not written yet: exercise %d.%d,%n", &stage,
		           &number, &length) == 2 &&
		    length > 0 && stand_in == NULL)
			stand_in =
				text_print("exercise %d.%d:%.*s", stage, number,
			                   bytes - length, line + length);
		line += bytes + (line[bytes] == '\n');
	}
	return stand_in;
}

static void
quote_byte(FILE *out, unsigned char byte)
{
	if (byte == '\r')
		fputs("\\r", out);
	else if (byte == '\n')
		fputs("\\n", out);
	else if (byte == '"' || byte == '\\')
		fprintf(out, "\\%c", byte);
	else if (byte >= ' ' && byte < 127)
		fputc(byte, out);
	else
		fprintf(out, "\\x%02x", byte);
}

char *
text_quote(const void *bytes, size_t byte_count)
{
	const unsigned char *byte = bytes;
	size_t head = byte_count > QUOTE_MAX ? QUOTE_MAX * 3 / 4 : byte_count;
	size_t tail = byte_count > QUOTE_MAX ? byte_count - QUOTE_MAX / 4 : 0;
	char *text;
	size_t text_bytes;
	FILE *out = open_memstream(&text, &text_bytes);

	if (out == NULL)
		abort();
	fputc('"', out);
	for (size_t i = 0; i < head; i++)
		quote_byte(out, byte[i]);
	if (tail > 0)
		fprintf(out, "\" ... %zu bytes ... \"", tail - head);
	for (size_t i = tail; tail > 0 && i < byte_count; i++)
		quote_byte(out, byte[i]);
	fputc('"', out);
	fclose(out);
	return text;
}
