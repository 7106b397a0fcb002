/*
 * profile.c - what a server must do to count; see profile.h.
 */
#define _GNU_SOURCE
#include "profile.h"

#include "table.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 4 };

/* "1-4" or "2". */
static bool
is_for_stage(const char *stages, int stage)
{
	int first = 0, last = 0;

	if (sscanf(stages, "%d-%d", &first, &last) == 1)
		last = first;
	return stage >= first && stage <= last;
}

static void
add_goal(void *context, const char *path, char *line, int stage)
{
	struct profile *profile = context;
	struct goal *goal = &profile->goals[profile->count];
	char *column[COLUMNS];

	for (int i = 0; i < COLUMNS; i++) {
		column[i] = strsep(&line, "\t");
		if (column[i] == NULL)
			errx(2, "%s: the line of \"%s\" is wrong", path,
			     column[0]);
	}
	if (!is_for_stage(column[0], stage))
		return;
	if (profile->count + 1 == PROFILE_MAX)
		errx(2, "%s: too many goals", path);
	goal->points = atoi(column[1]);
	goal->tests = column[2];
	goal->title = column[3];
	profile->count++;
}

void
profile_read(struct profile *profile, const char *path, int stage)
{
	memset(profile, 0, sizeof(*profile));
	table_read_lines(path, add_goal, profile, stage);
}

bool
goal_has(const struct goal *goal, const char *test)
{
	size_t length = strlen(test);
	const char *name = goal->tests;

	while (strncmp(name, test, length) != 0 ||
	       (name[length] != ' ' && name[length] != '\0')) {
		name = strchr(name, ' ');
		if (name == NULL)
			return false;
		name++;
	}
	return true;
}

bool
profile_has(const struct profile *profile, const char *test)
{
	for (size_t i = 0; i < profile->count; i++) {
		if (goal_has(&profile->goals[i], test))
			return true;
	}
	return false;
}
