/*
 * report.h - what the tests have shown, told by exercise.
 */
#ifndef HARNESS_REPORT_H
#define HARNESS_REPORT_H

#include "graded.h"
#include "profile.h"
#include "table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum verdict {
	VERDICT_NONE, /* it was not run */
	VERDICT_PASSED,
	VERDICT_WRONG,
	VERDICT_NOT_WRITTEN, /* the test's own exercise is still a stub */
	VERDICT_BLOCKED,     /* another one that it needs is */
	VERDICT_NOT_CHECKED, /* this machine does not allow the test */
};

/* One test: what it is, and what came of it. */
struct trial {
	const struct graded_test *test;
	struct criterion_test *criterion;
	struct exercise *exercise; /* of this stage; NULL: it has no points */
	enum verdict verdict;
	bool has_died; /* of a signal */
	char *message; /* why, one paragraph or more */
	double seconds;
	double seconds_max; /* then it is killed */
	int64_t begin_ms;   /* of CLOCK_MONOTONIC */
	bool is_over;
};

struct report {
	struct table *table;
	struct trial *trials; /* in the order to tell them */
	size_t trial_count;
	int stage;
	const char *server; /* a server that is not the stage's; NULL */
	const struct profile *profile; /* by whose goals it is judged; NULL */
	const char *scratch; /* where failed tests left what they had */
	bool is_complete;    /* every test was run */
	bool is_hurried;     /* many waited in vain, the others not so long */
	bool is_first_part;  /* of an exercise; the system tests come after */
};

/* Has everything that was run passed, or could not be checked here? */
bool report_is_good(const struct report *report);

/* Prints it all, and says whether it is good. */
bool report_print(const struct report *report);

/* Writes a line for each test: name, exercise, verdict, points. */
void report_write(const struct report *report, const char *path);

/* All that is known of one test, as one line of JSON. */
void report_write_json(const struct trial *trial, FILE *file);

/* Do tests and table match? Says on stderr where they do not. */
bool report_check(const struct report *report);

#endif
