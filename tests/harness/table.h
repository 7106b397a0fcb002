/*
 * table.h - the exercises, as exercises.tsv lists them.
 */
#ifndef HARNESS_TABLE_H
#define HARNESS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

enum { TABLE_MAX = 64 };

struct exercise {
	int stage;
	int number; /* 1.10 is stage 1, number 10 */
	char id[8];
	char *function;
	char *file;
	char *kind;
	int minutes;
	int points;
	char *milestone;
	char *title;
	bool is_repair;   /* its starter is no stub, but a wrong answer */
	bool is_to_write; /* the program under test has its stub */
};

struct table {
	struct exercise exercises[TABLE_MAX]; /* in the order of the file */
	size_t count;
};

/* Reads the exercises of one stage. A mistake in the file ends the program. */
void table_read(struct table *table, const char *path, int stage);

/*
 * Reads a file of tables: calls `add` for each line that is neither empty nor a
 * comment, without its end; context, path and stage are handed on. The line is
 * add's to keep, and to cut up. A file that cannot be read ends the program.
 */
void table_read_lines(const char *path,
                      void (*add)(void *context, const char *path, char *line,
                                  int stage),
                      void *context, int stage);

/* The exercise of this stage and number, or NULL. */
struct exercise *table_find(struct table *table, int stage, int number);

/* Reads "1.6", "1_06" or "1_6". Says whether it is one of these. */
bool table_parse_id(const char *id, int *stage, int *number);

/*
 * Calls `visit` for each exercise that a list such as "1.1-1.8, 1.10" names and
 * the table has. Says whether the list is well-formed.
 */
bool table_each(struct table *table, const char *list,
                void (*visit)(struct exercise *, void *), void *context);

#endif
