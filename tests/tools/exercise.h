/*
 * exercise.h - what stands in for a function that you have not written yet.
 *
 * Delete the EXERCISE line of a function when you begin to write it, and this
 * file's #include when the last one is gone.
 *
 * - EXERCISE: whoever calls the function is told that it is not written, and
 *   the program ends with status 70.
 * - EXERCISE_UNTIL_WRITTEN: the running server says so once and goes on with
 *   what stands behind it, so that others can be tried first. So does a unit
 *   test of another exercise; one of this exercise ends.
 */
#ifndef EXERCISE_H
#define EXERCISE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A function without its body uses neither its parameters nor its helpers. */
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-variable"
#pragma GCC diagnostic ignored "-Wunused-const-variable"

enum { EXERCISE_NOT_WRITTEN = 70, EXERCISE_ID_BYTES = 8 };

/* Only a program of unit tests has this: elsewhere its address is NULL. It is
   the exercise under test, such as "1.6"; "" where that is none of them. */
extern const char *exercise_under_test __attribute__((weak));

/* The test program finds in this section which exercises are not written. */
#define EXERCISE_LIST(id)                                                      \
	static const char exercise_listed_[EXERCISE_ID_BYTES]                  \
		__attribute__((used, section("exercise_stubs"))) = id

#define EXERCISE(id, function, lesson)                                         \
	do {                                                                   \
		EXERCISE_LIST(id);                                             \
		exercise_stop(id, function, lesson);                           \
	} while (0)

#define EXERCISE_UNTIL_WRITTEN(id, function, lesson)                           \
	do {                                                                   \
		EXERCISE_LIST(id);                                             \
		static bool exercise_said_;                                    \
		exercise_pass(id, function, lesson, &exercise_said_);          \
	} while (0)

__attribute__((noreturn)) static inline void
exercise_stop(const char *id, const char *function, const char *lesson)
{
	fprintf(stderr, "\nexercise %s: %s is yours to write - %s\n", id,
	        function, lesson);
	exit(EXERCISE_NOT_WRITTEN);
}

static inline void
exercise_pass(const char *id, const char *function, const char *lesson,
              bool *said)
{
	if (&exercise_under_test != NULL &&
	    (*exercise_under_test == '\0' || !strcmp(exercise_under_test, id)))
		exercise_stop(id, function, lesson);
	if (!*said)
		fprintf(stderr, "not written yet: exercise %s, %s - %s\n", id,
		        function, lesson);
	*said = true;
}

#endif
