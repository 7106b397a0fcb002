/*
 * table.c - the exercises, as exercises.tsv lists them; see table.h.
 */
#define _GNU_SOURCE
#include "table.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 8 }; /* one more: a repair */

bool
table_parse_id(const char *id, int *stage, int *number)
{
	int length = 0;

	return sscanf(id, "%d%*[._]%d%n", stage, number, &length) == 2 &&
	       id[length] == '\0';
}

static void
add_exercise(void *context, const char *path, char *line, int stage)
{
	struct table *table = context;
	struct exercise *exercise = &table->exercises[table->count];
	char *column[COLUMNS + 1];
	int count = 0;

	while (count <= COLUMNS &&
	       (column[count] = strsep(&line, "\t")) != NULL)
		count++;
	if (count < COLUMNS || line != NULL ||
	    !table_parse_id(column[0], &exercise->stage, &exercise->number))
		errx(2, "%s: the line of \"%s\" is wrong", path, column[0]);
	if (exercise->stage != stage)
		return;
	if (table->count + 1 == TABLE_MAX)
		errx(2, "%s: too many exercises", path);
	snprintf(exercise->id, sizeof(exercise->id), "%s", column[0]);
	exercise->function = column[1];
	exercise->file = column[2];
	exercise->kind = column[3];
	exercise->minutes = atoi(column[4]);
	exercise->points = atoi(column[5]);
	exercise->milestone = column[6];
	exercise->title = column[7];
	exercise->is_repair = count > COLUMNS;
	table->count++;
}

void
table_read_lines(const char *path,
                 void (*add)(void *context, const char *path, char *line,
                             int stage),
                 void *context, int stage)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;

	if (file == NULL)
		err(2, "%s", path);
	while (getline(&line, &room, file) != -1) {
		line[strcspn(line, "\n")] = '\0';
		if (*line != '#' && *line != '\0')
			add(context, path, strdup(line), stage);
	}
	free(line);
	fclose(file);
}

void
table_read(struct table *table, const char *path, int stage)
{
	memset(table, 0, sizeof(*table));
	table_read_lines(path, add_exercise, table, stage);
}

struct exercise *
table_find(struct table *table, int stage, int number)
{
	for (size_t i = 0; i < table->count; i++) {
		struct exercise *exercise = &table->exercises[i];

		if (exercise->stage == stage && exercise->number == number)
			return exercise;
	}
	return NULL;
}

/* "1.1-1.8" or "1.10": where it begins and ends. */
static bool
parse_range(char *word, int stages[2], int numbers[2])
{
	char *dash = strchr(word, '-');

	if (dash != NULL)
		*dash = '\0';
	return table_parse_id(word, &stages[0], &numbers[0]) &&
	       table_parse_id(dash == NULL ? word : dash + 1, &stages[1],
	                      &numbers[1]) &&
	       stages[0] == stages[1];
}

bool
table_each(struct table *table, const char *list,
           void (*visit)(struct exercise *, void *), void *context)
{
	char *copy = strdup(list);
	char *rest = copy;
	char *word;
	bool is_good = true;

	while ((word = strsep(&rest, ", ")) != NULL) {
		int stages[2], numbers[2];

		if (*word == '\0')
			continue;
		if (!parse_range(word, stages, numbers)) {
			is_good = false;
			continue;
		}
		for (size_t i = 0; i < table->count; i++) {
			struct exercise *exercise = &table->exercises[i];

			if (exercise->stage == stages[0] &&
			    exercise->number >= numbers[0] &&
			    exercise->number <= numbers[1])
				visit(exercise, context);
		}
	}
	free(copy);
	return is_good;
}
