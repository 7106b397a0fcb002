/*
 * profile.h - what a server must do to count, whatever is inside it: core.tsv.
 *
 * A profile is a list of goals. Each stands for one or more system tests, and
 * has its points when all of these have passed.
 */
#ifndef HARNESS_PROFILE_H
#define HARNESS_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

enum { PROFILE_MAX = 32, PROFILE_POINTS = 100 };

struct goal {
	int points;
	char *tests; /* their names, with a blank between two */
	char *title;
};

struct profile {
	struct goal goals[PROFILE_MAX]; /* in the order of the file */
	size_t count;
};

/* Reads the goals of one stage. A mistake in the file ends the program. */
void profile_read(struct profile *profile, const char *path, int stage);

/* Is this one of the goal's tests? */
bool goal_has(const struct goal *goal, const char *test);

/* Is it a test of any goal? */
bool profile_has(const struct profile *profile, const char *test);

#endif
