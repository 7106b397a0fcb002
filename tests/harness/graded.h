/*
 * graded.h - tests that know what they are worth.
 *
 *	#include "harness/graded.h"
 *	#include "pool.h"
 *
 *	UNIT(1_02, last_given_is_first_taken, 2,
 *	     "The item given back last is the first one taken again.")
 *	{
 *		struct pool *pool = pool_new(3, 16);
 *		void *item = pool_take(pool);
 *		pool_give(pool, item);
 *		void *again = pool_take(pool);
 *		if (again != item)
 *			fail_test("An item at %p was given back. pool_take() then "
 *			          "returned %p. It should have returned that "
 *			          "item: it is still in the cache.",
 *			          item, again);
 *	}
 *
 * - Each test runs in a process of its own, several at once. What it prints
 *   and leaves behind is kept if it fails: scratch_path().
 * - The name of a test is unique among all, for `make test TEST=name`. The
 *   promise is one sentence that says what a right program does; the report
 *   prints it above the failure.
 * - exercise: 1_06 is exercise 1.6, 1_10 is 1.10. The points of an exercise's
 *   tests add up to the exercise's points in exercises.tsv. In a later stage
 *   the tests of an earlier one's exercises still run, without points.
 * - needs: exercises without which the test cannot pass, "1.1-1.8, 1.10". While
 *   one of them is not written the test is not judged. The test's own exercise
 *   may be among them. "" for none.
 * - After the promise may follow what Criterion's Test() takes: .timeout = 60
 *   (seconds, for giving up only).
 * - cr_assert() and its family work as well, but fail_test() reads better.
 */
#ifndef HARNESS_GRADED_H
#define HARNESS_GRADED_H

#include <criterion/criterion.h>

/* A test of one exercise's function, linked with the student's own object. */
#define UNIT(exercise, name, points, ...)                                      \
	GRADED_TEST_(ex_##exercise, GRADED_UNIT, #exercise, name, points, "",  \
	             __VA_ARGS__)

/* A test of the running server that counts for one exercise. */
#define SYSTEM(exercise, name, points, needs, ...)                             \
	GRADED_TEST_(ex_##exercise, GRADED_SYSTEM, #exercise, name, points,    \
	             needs, __VA_ARGS__)

/* A test of the running server: what is given must do, and still does. */
#define CONTRACT(name, needs, ...)                                             \
	GRADED_TEST_(contract, GRADED_CONTRACT, "", name, 0, needs, __VA_ARGS__)

/* A unit test of what is given. */
#define GIVEN(name, ...)                                                       \
	GRADED_TEST_(given, GRADED_GIVEN, "", name, 0, "", __VA_ARGS__)

/*
 * The test has failed: says in one paragraph what was done, what happened, and
 * what should have happened, and ends the test. If a server of this test said
 * that an exercise is not written yet, that is reported instead.
 */
void fail_test(const char *format, ...)
	__attribute__((format(printf, 1, 2), noreturn));

/*
 * From here on the test is judged, although a function that is not written has
 * been met: what is asked of the one under test it must do all the same.
 */
void judge_all_the_same(void);

/* This machine does not allow the test (say why): it is reported as not
   checked, and ends. */
void not_checked(const char *why, ...)
	__attribute__((format(printf, 1, 2), noreturn));

/* The folder of this test for whatever it makes. It is there, empty at the
   start, and removed when the test has passed. */
const char *scratch_path(void);

/* printf() into memory of its own, as long as the test runs. */
char *text_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Bytes as people can read them: one line in quotes, \r, \n and \x00 written
   out, the middle left out if there is more than fits in about 200 columns. */
char *text_quote(const void *bytes, size_t byte_count);

/* "SIGSEGV (Segmentation fault)". */
char *text_signal(int signal_number);

/*
 * What the output of a program says of an exercise that is not written, as a
 * line "exercise N.M: ...", or NULL. Such a line has ended the program. "not
 * written yet: exercise N.M, ..." means that something harmless stands in for
 * the function: the program went on, but cannot do all that is asked of it.
 * What comes before judge_all_the_same() does not count.
 */
char *text_not_written(const char *text);

/* ---- What the runner needs to know; not for tests. ---- */

/* The folder in which each test has its own; the runner sets the variable. */
#define GRADED_SCRATCH "GRADED_SCRATCH"

/* A file in a test's scratch folder whose first byte says so when the test has
   come to its end. */
#define GRADED_END_MARK ".end"
enum { GRADED_HAS_ENDED = 1 };

enum graded_kind {
	GRADED_UNIT,
	GRADED_SYSTEM,
	GRADED_CONTRACT,
	GRADED_GIVEN,
};

struct graded_test {
	const char *name;
	enum graded_kind kind;
	const char *exercise; /* "1_06", or "" */
	int points;
	const char *needs;
	void (*body)(void);
	const struct criterion_test_extra_data *extra; /* of Test() */
	struct graded_test *next;
};

/* All tests of this program, in no particular order. */
struct graded_test *graded_tests(void);

/* Seconds after which its process is killed: it hangs. */
double graded_timeout(const struct graded_test *test);

void graded_register(struct graded_test *test);
void graded_begin(void);
void graded_pass(void);
void graded_end(void);
/* The same for a test that runs in the runner's own process. */
void graded_begin_here(const char *name);
void graded_end_here(void);

#define GRADED_TEST_(suite, kind_, exercise_, name_, points_, needs_, ...)     \
	static void graded_body_##name_(void);                                 \
	Test(suite, name_, .init = graded_begin, .fini = graded_end,           \
	     .description = __VA_ARGS__)                                       \
	{                                                                      \
		graded_body_##name_();                                         \
		graded_pass();                                                 \
	}                                                                      \
	__attribute__((constructor)) static void graded_register_##name_(void) \
	{                                                                      \
		static struct graded_test test = {                             \
			.name = #name_,                                        \
			.kind = kind_,                                         \
			.exercise = exercise_,                                 \
			.points = points_,                                     \
			.needs = needs_,                                       \
			.body = graded_body_##name_,                           \
			.extra = &CR_IDENTIFIER_(suite, name_, extra)};        \
		graded_register(&test);                                        \
	}                                                                      \
	static void graded_body_##name_(void)

#endif
