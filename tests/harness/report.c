/*
 * report.c - what the tests have shown, told by exercise; see report.h.
 */
#define _GNU_SOURCE
#include "report.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	WIDTH = 78,
	INDENT = 4,
	POINTS_COLUMN = 55,
	WHOLE_MAX = 8,  /* failures that are told in full */
	NAMES_MAX = 24, /* and those that are named after them */
};

static const char *const stage_names[] = {"start-here", "select", "epoll",
                                          "prefork", "fdpass"};

static const char *const verdict_names[] = {"not run", "passed",
                                            "wrong",   "not written yet",
                                            "blocked", "not checked"};

/* ---- Text ---- */

enum colour { PLAIN = 0, BOLD = 1, RED = 31, GREEN = 32, YELLOW = 33 };

static bool
has_colour(void)
{
	const char *terminal = getenv("TERM");

	return isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL &&
	       terminal != NULL && strcmp(terminal, "dumb") != 0;
}

static void
print_coloured(enum colour colour, const char *text)
{
	if (has_colour())
		printf("\033[%dm%s\033[0m", (int)colour, text);
	else
		fputs(text, stdout);
}

/* How many columns: of a character in UTF-8 the first byte tells; Chinese
   ones, and all from U+3000 on, take two. */
static int
columns(const char *text, size_t bytes)
{
	int count = 0;

	for (size_t i = 0; i < bytes; i++) {
		unsigned char byte = (unsigned char)text[i];

		count += (byte & 0xc0) != 0x80;
		count += byte >= 0xe3;
	}
	return count;
}

/* One line of text, wrapped at blanks. */
static void
print_wrapped(const char *line, size_t bytes)
{
	int column = 0;

	while (bytes > 0) {
		size_t word = 0;

		while (word < bytes && line[word] != ' ')
			word++;
		if (column > 0 &&
		    column + 1 + columns(line, word) > WIDTH - INDENT) {
			putchar('\n');
			column = 0;
		}
		if (column > 0)
			column += printf(" ");
		else
			printf("%*s", INDENT, "");
		printf("%.*s", (int)word, line);
		column += columns(line, word);
		line += word;
		bytes -= word;
		if (bytes > 0) { /* the blank */
			line++;
			bytes--;
		}
	}
	putchar('\n');
}

static void
print_paragraphs(const char *text)
{
	while (text[strspn(text, "\n")] != '\0') {
		size_t bytes = strcspn(text, "\n");

		print_wrapped(text, bytes);
		text += bytes + (text[bytes] == '\n');
	}
}

/* ---- Counting ---- */

static size_t
count_trials(const struct report *report, const struct exercise *exercise,
             enum verdict verdict)
{
	size_t count = 0;

	for (size_t i = 0; i < report->trial_count; i++)
		count += report->trials[i].exercise == exercise &&
		         report->trials[i].verdict == verdict;
	return count;
}

static size_t
count_all(const struct report *report, enum verdict verdict)
{
	size_t count = 0;

	for (size_t i = 0; i < report->trial_count; i++)
		count += report->trials[i].verdict == verdict;
	return count;
}

/* Points of an exercise's tests with this verdict; with NULL of all. */
static int
sum_points(const struct report *report, const struct exercise *exercise,
           enum verdict verdict)
{
	int points = 0;

	for (size_t i = 0; i < report->trial_count; i++) {
		const struct trial *trial = &report->trials[i];

		if (trial->exercise != NULL && trial->verdict == verdict &&
		    (exercise == NULL || trial->exercise == exercise))
			points += trial->test->points;
	}
	return points;
}

enum standing { DONE, WRONG, TO_WRITE, BLOCKED, NOT_RUN };

static enum standing
standing_of(const struct report *report, const struct exercise *exercise)
{
	if (count_trials(report, exercise, VERDICT_WRONG) > 0)
		return WRONG;
	if (exercise->is_to_write ||
	    count_trials(report, exercise, VERDICT_NOT_WRITTEN) > 0)
		return TO_WRITE;
	if (count_trials(report, exercise, VERDICT_PASSED) > 0)
		return DONE;
	if (count_trials(report, exercise, VERDICT_BLOCKED) > 0)
		return BLOCKED;
	return NOT_RUN;
}

/* ---- The table of exercises ---- */

/* "so far": more of its tests come when what they need is written. */
static void
print_standing(enum standing standing, bool is_waiting)
{
	static const struct {
		enum colour colour;
		const char *text;
	} words[] = {
		[DONE] = {GREEN, "done           "},
		[WRONG] = {RED, "wrong          "},
		[TO_WRITE] = {YELLOW, "not written yet"},
		[BLOCKED] = {PLAIN, "must wait      "},
		[NOT_RUN] = {PLAIN, "not run        "},
	};

	if (standing == DONE && is_waiting)
		print_coloured(GREEN, "right so far   ");
	else
		print_coloured(words[standing].colour, words[standing].text);
}

static bool
was_run(const struct report *report, const struct exercise *exercise)
{
	for (size_t i = 0; i < report->trial_count; i++) {
		if (report->trials[i].exercise == exercise &&
		    report->trials[i].verdict != VERDICT_NONE)
			return true;
	}
	return false;
}

static void
print_exercise(const struct report *report, const struct exercise *exercise)
{
	enum standing standing = standing_of(report, exercise);
	size_t waiting = count_trials(report, exercise, VERDICT_BLOCKED);
	int unchecked = sum_points(report, exercise, VERDICT_NOT_CHECKED);

	if (!report->is_complete && !was_run(report, exercise))
		return;
	printf("  %-5s %-30.30s ", exercise->id, exercise->title);
	print_standing(standing, waiting > 0);
	if (report->server == NULL)
		printf(" %3d of %2d",
		       sum_points(report, exercise, VERDICT_PASSED),
		       exercise->points);
	if (waiting > 0 && standing == DONE)
		printf("  (%zu waiting)", waiting);
	else if (unchecked > 0 && report->server == NULL)
		printf("  (%d unchecked)", unchecked);
	putchar('\n');
}

/* How many of the tests of one kind that give no points have passed. */
static void
print_pointless(const struct report *report, bool is_given, const char *title)
{
	size_t counts[VERDICT_NOT_CHECKED + 1] = {0};
	size_t total = 0;

	for (size_t i = 0; i < report->trial_count; i++) {
		const struct trial *trial = &report->trials[i];

		if (trial->exercise == NULL &&
		    (trial->test->kind == GRADED_GIVEN) == is_given &&
		    trial->verdict != VERDICT_NONE) {
			counts[trial->verdict]++;
			total++;
		}
	}
	if (total == 0)
		return;
	printf("        %-30s ", title);
	print_coloured(counts[VERDICT_WRONG] > 0 ? RED : GREEN,
	               counts[VERDICT_WRONG] > 0 ? "wrong          "
	                                         : "tests passed   ");
	printf(" %3zu of %2zu", counts[VERDICT_PASSED], total);
	if (counts[VERDICT_BLOCKED] > 0)
		printf("  (%zu waiting)", counts[VERDICT_BLOCKED]);
	else if (counts[VERDICT_NOT_CHECKED] > 0)
		printf("  (%zu unchecked)", counts[VERDICT_NOT_CHECKED]);
	putchar('\n');
}

/* The exercises of one milestone follow each other. The last of them. */
static size_t
milestone_end(const struct table *table, size_t i)
{
	while (i + 1 < table->count &&
	       strcmp(table->exercises[i].milestone,
	              table->exercises[i + 1].milestone) == 0)
		i++;
	return i;
}

/* What runs now that these exercises are done. */
static void
print_milestone(const struct report *report, size_t end)
{
	const struct exercise *exercises = report->table->exercises;

	if (report->server != NULL || !report->is_complete)
		return;
	for (size_t i = 0; i <= end; i++) {
		if (standing_of(report, &exercises[i]) != DONE)
			return;
	}
	printf("        -- milestone reached: %s\n", exercises[end].milestone);
}

/* Nothing, if none of its tests was run. */
static enum verdict
verdict_on(const struct report *report, const struct goal *goal)
{
	enum verdict verdict = VERDICT_NONE;

	for (size_t i = 0; i < report->trial_count; i++) {
		const struct trial *trial = &report->trials[i];

		if (!goal_has(goal, trial->test->name))
			continue;
		if (trial->verdict == VERDICT_WRONG)
			return VERDICT_WRONG;
		if (verdict != VERDICT_NOT_CHECKED &&
		    trial->verdict != VERDICT_NONE)
			verdict = trial->verdict;
	}
	return verdict;
}

static void
print_profile(const struct report *report)
{
	const struct profile *profile = report->profile;
	int points = 0, unchecked = 0;

	printf("\n%s, by its behaviour: the core of stage %d\n\n",
	       report->server, report->stage);
	for (size_t i = 0; i < profile->count; i++) {
		const struct goal *goal = &profile->goals[i];
		enum verdict verdict = verdict_on(report, goal);
		bool is_good = verdict == VERDICT_PASSED;

		if (verdict == VERDICT_NONE)
			continue;
		printf("  %-36s ", goal->title);
		print_coloured(
			verdict == VERDICT_WRONG ? RED
			: is_good                ? GREEN
						 : PLAIN,
			text_print("%-15s",
		                   is_good ? "done" : verdict_names[verdict]));
		printf(" %3d of %2d\n", is_good ? goal->points : 0,
		       goal->points);
		points += is_good ? goal->points : 0;
		unchecked += verdict == VERDICT_NOT_CHECKED ? goal->points : 0;
	}
	if (!report->is_complete)
		return;
	printf("%*s%d of %d points\n", POINTS_COLUMN, "", points,
	       PROFILE_POINTS);
	if (unchecked > 0)
		printf("%*s%d not checked here\n", POINTS_COLUMN, "",
		       unchecked);
}

static void
print_overview(const struct report *report)
{
	int unchecked = sum_points(report, NULL, VERDICT_NOT_CHECKED);
	int total = 0;

	if (report->profile != NULL) {
		print_profile(report);
		return;
	}
	if (report->server != NULL)
		printf("\n%s, by its behaviour\n\n", report->server);
	else
		printf("\nStage %d: %-*s points\n\n", report->stage,
		       POINTS_COLUMN - (int)strlen("Stage 1: "),
		       stage_names[report->stage]);
	for (size_t i = 0; i < report->table->count; i++) {
		print_exercise(report, &report->table->exercises[i]);
		total += report->table->exercises[i].points;
		if (milestone_end(report->table, i) == i)
			print_milestone(report, i);
	}
	print_pointless(report, false, "the server as a whole");
	print_pointless(report, true, "what is given");
	if (report->server != NULL || !report->is_complete)
		return;
	printf("%*s%d of %d points\n", POINTS_COLUMN, "",
	       sum_points(report, NULL, VERDICT_PASSED), total);
	if (unchecked > 0)
		printf("%*s%d not checked here\n", POINTS_COLUMN, "",
		       unchecked);
}

/* ---- What to do next ---- */

static bool
has_wrong_unit(const struct report *report, const struct exercise *exercise)
{
	for (size_t i = 0; i < report->trial_count; i++) {
		const struct trial *trial = &report->trials[i];

		if (trial->exercise == exercise &&
		    trial->verdict == VERDICT_WRONG &&
		    trial->test->kind == GRADED_UNIT)
			return true;
	}
	return false;
}

/* Where a unit test fails it is this function's own fault. In a system test it
   may be another's, further on. (A repair is wrong from the start: it can wait
   for its turn.) */
static const struct exercise *
next_exercise(const struct report *report)
{
	const struct exercise *next = NULL;

	for (size_t i = 0; i < report->table->count; i++) {
		const struct exercise *exercise = &report->table->exercises[i];
		enum standing standing = standing_of(report, exercise);

		if (has_wrong_unit(report, exercise) && !exercise->is_repair)
			return exercise;
		if (next == NULL && (standing == WRONG || standing == TO_WRITE))
			next = exercise;
	}
	return next;
}

/* ---- Failures ---- */

/* Where there is more to read: the lesson, if this kit has it, or else what the
   exercise's own comment says. */
static char *
lesson_of(const struct exercise *exercise)
{
	const char *file = text_print("notes/%d-%s.md", exercise->stage,
	                              stage_names[exercise->stage]);

	if (access(text_print("../%s", file), R_OK) != 0)
		return text_print("the comment above %s() in %s",
		                  exercise->function, exercise->file);
	return text_print("%s, section %s", file, exercise->id);
}

/* ", exercise 1.8, conn_write_out() in conn.c", if need be on two lines. */
static void
print_place(size_t column, const struct exercise *exercise)
{
	char *id = text_print(", exercise %s,", exercise->id);
	char *where =
		text_print(" %s() in %s", exercise->function, exercise->file);

	fputs(id, stdout);
	if (column + strlen(id) + strlen(where) > WIDTH)
		printf("\n%*s", (int)strlen("wrong:"), "");
	fputs(where, stdout);
}

static void
print_failure(const struct report *report, const struct trial *trial)
{
	const struct exercise *exercise = trial->exercise;
	const char *promise = trial->criterion->data->description;
	char *left = text_print("%s/%s", report->scratch, trial->test->name);

	putchar('\n');
	print_coloured(RED, "wrong: ");
	print_coloured(BOLD, trial->test->name);
	if (exercise != NULL)
		print_place(strlen("wrong: ") + strlen(trial->test->name),
		            exercise);
	putchar('\n');
	print_paragraphs(promise == NULL ? "" : promise);
	putchar('\n');
	print_paragraphs(trial->message);
	putchar('\n');
	if (exercise != NULL)
		printf("%*sread:  %s\n", INDENT, "", lesson_of(exercise));
	printf("%*sagain: make test TEST=%s%s%s\n", INDENT, "",
	       trial->test->name, report->server == NULL ? "" : " SERVER=",
	       report->server == NULL ? "" : report->server);
	if (trial->has_died && report->server == NULL)
		printf("%*sdebug: make gdb TEST=%s\n", INDENT, "",
		       trial->test->name);
	if (access(left, F_OK) == 0)
		printf("%*sfiles: %s/\n", INDENT, "", left);
}

/* In full, by name only, or merely counted, by how many were told before. */
static void
tell_failure(const struct report *report, const struct trial *trial,
             size_t told, char **names)
{
	if (told < WHOLE_MAX)
		print_failure(report, trial);
	else if (told < WHOLE_MAX + NAMES_MAX)
		*names = text_print("%s%s%s", *names, **names ? " " : "",
		                    trial->test->name);
}

/* What is to be mended first is told first. A server that does not even start
   fails in all its tests: nobody reads that a hundred times. */
static void
print_failures(const struct report *report)
{
	const struct exercise *next = next_exercise(report);
	size_t told = 0;
	char *names = "";

	for (int is_other = 0; is_other < 2; is_other++) {
		for (size_t i = 0; i < report->trial_count; i++) {
			const struct trial *trial = &report->trials[i];

			if (trial->verdict == VERDICT_WRONG &&
			    (trial->exercise != next) == is_other)
				tell_failure(report, trial, told++, &names);
		}
	}
	if (told > WHOLE_MAX + NAMES_MAX)
		names = text_print("%s and %zu others", names,
		                   told - WHOLE_MAX - NAMES_MAX);
	if (told > WHOLE_MAX) {
		puts("\nwrong as well, perhaps because of these "
		     "(make test TEST=name tells more):");
		print_wrapped(names, strlen(names));
	}
}

static void
print_not_checked(const struct report *report)
{
	bool is_first = true;

	for (size_t i = 0; i < report->trial_count; i++) {
		const struct trial *trial = &report->trials[i];

		if (trial->verdict != VERDICT_NOT_CHECKED)
			continue;
		if (is_first)
			puts("\nnot checked on this machine:");
		is_first = false;
		print_paragraphs(text_print("%s: %s", trial->test->name,
		                            trial->message));
	}
}

static void
print_hurry(const struct report *report)
{
	if (report->is_hurried)
		print_paragraphs(
			"\nMany tests waited for something that did not come. "
			"Those after them did not wait as long.");
}

/* ---- The end ---- */

static void
print_milestone_ahead(const struct report *report, const struct exercise *next)
{
	const struct exercise *exercises = report->table->exercises;
	size_t i = (size_t)(next - exercises);
	const struct exercise *last =
		&exercises[milestone_end(report->table, i)];

	if (last == next)
		printf("      then comes: %s\n", next->milestone);
	else
		printf("      with %s then comes: %s\n", last->id,
		       next->milestone);
}

static void
print_next(const struct report *report)
{
	const struct exercise *next = next_exercise(report);

	if (report->server != NULL)
		return;
	putchar('\n');
	if (next != NULL) {
		char *text = text_print("next: exercise %s, %s() in %s",
		                        next->id, next->function, next->file);
		bool is_wide =
			strlen(text) + strlen(" - ") + strlen(next->title) >
			WIDTH;

		print_coloured(BOLD, text);
		printf("%s%s\n", is_wide ? "\n      " : " - ", next->title);
		if (report->is_first_part)
			printf("      then come its tests with the whole "
			       "server; now already:\n"
			       "      make test EX=%s KIND=system\n",
			       next->id);
		print_milestone_ahead(report, next);
	} else if (!report->is_complete) {
		puts("next: make test, for all of the stage");
	} else if (count_all(report, VERDICT_WRONG) == 0) {
		printf("next: nothing; stage %d is done\n", report->stage);
	} else {
		puts("next: what is wrong with the server as a whole");
	}
}

bool
report_is_good(const struct report *report)
{
	return count_all(report, VERDICT_WRONG) == 0 &&
	       count_all(report, VERDICT_NOT_WRITTEN) == 0 &&
	       count_all(report, VERDICT_BLOCKED) == 0;
}

bool
report_print(const struct report *report)
{
	size_t passed = count_all(report, VERDICT_PASSED);
	size_t wrong = count_all(report, VERDICT_WRONG);
	size_t unwritten = count_all(report, VERDICT_NOT_WRITTEN) +
	                   count_all(report, VERDICT_BLOCKED);
	size_t unchecked = count_all(report, VERDICT_NOT_CHECKED);

	print_overview(report);
	print_failures(report);
	print_not_checked(report);
	print_hurry(report);
	print_next(report);
	printf("\n%zu passed, %zu failed, %zu skipped\n", passed, wrong,
	       unwritten + unchecked);
	fflush(stdout);
	return report_is_good(report);
}

void
report_write(const struct report *report, const char *path)
{
	FILE *file = fopen(path, "we");

	if (file == NULL)
		err(2, "%s", path);
	for (size_t i = 0; i < report->trial_count; i++) {
		const struct trial *trial = &report->trials[i];
		const struct exercise *exercise = trial->exercise;
		int points = exercise == NULL ? 0 : trial->test->points;

		if (trial->verdict == VERDICT_NONE)
			continue;
		fprintf(file, "%s\t%s\t%s\t%d\t%d\t%.3f\n", trial->test->name,
		        exercise == NULL ? "-" : exercise->id,
		        verdict_names[trial->verdict],
		        trial->verdict == VERDICT_PASSED ? points : 0, points,
		        trial->seconds);
	}
	if (fclose(file) != 0)
		err(2, "%s", path);
}

/* Bytes that are no UTF-8 are for the reader of it to find. */
static void
write_string(FILE *file, const char *name, const char *text)
{
	fprintf(file, "\"%s\": \"", name);
	for (; text != NULL && *text != '\0'; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte == '"' || byte == '\\')
			fprintf(file, "\\%c", byte);
		else if (byte < ' ' || byte == 127)
			fprintf(file, "\\u%04x", byte);
		else
			fputc(byte, file);
	}
	fputs("\", ", file);
}

void
report_write_json(const struct trial *trial, FILE *file)
{
	static const char *const kinds[] = {"unit", "system", "contract",
	                                    "given"};
	const struct exercise *exercise = trial->exercise;

	fputc('{', file);
	write_string(file, "test", trial->test->name);
	write_string(file, "exercise", exercise == NULL ? "" : exercise->id);
	write_string(file, "kind", kinds[trial->test->kind]);
	write_string(file, "verdict", verdict_names[trial->verdict]);
	write_string(file, "promise", trial->criterion->data->description);
	write_string(file, "message", trial->message);
	fprintf(file, "\"of\": %d, \"seconds\": %.3f}\n",
	        exercise == NULL ? 0 : trial->test->points, trial->seconds);
	fflush(file);
}

/* ---- Tests against the table ---- */

static void
ignore(struct exercise *exercise, void *context)
{
	(void)exercise;
	(void)context;
}

static bool
check_trial(const struct report *report, const struct trial *trial)
{
	int stage, number;

	if (!table_each(report->table, trial->test->needs, ignore, NULL)) {
		warnx("%s: needs \"%s\" is no list of exercises",
		      trial->test->name, trial->test->needs);
		return false;
	}
	if (*trial->test->exercise != '\0' && trial->exercise == NULL &&
	    table_parse_id(trial->test->exercise, &stage, &number) &&
	    stage == report->stage) {
		warnx("%s: there is no exercise %d.%d in the table",
		      trial->test->name, stage, number);
		return false;
	}
	return true;
}

static bool
check_exercise(const struct report *report, const struct exercise *exercise)
{
	int points = 0;

	for (size_t i = 0; i < report->trial_count; i++) {
		if (report->trials[i].exercise == exercise)
			points += report->trials[i].test->points;
	}
	if (points != exercise->points)
		warnx("exercise %s: its tests are worth %d points, the table "
		      "says %d",
		      exercise->id, points, exercise->points);
	return points == exercise->points;
}

static bool
has_system_test(const struct report *report, const char *name)
{
	for (size_t i = 0; i < report->trial_count; i++) {
		const struct graded_test *test = report->trials[i].test;

		if (strcmp(test->name, name) == 0)
			return test->kind == GRADED_SYSTEM ||
			       test->kind == GRADED_CONTRACT;
	}
	return false;
}

/* Each goal's tests are there, and the points add up. */
static bool
check_profile(const struct report *report)
{
	const struct profile *profile = report->profile;
	int points = 0;
	bool is_good = true;

	for (size_t i = 0; i < profile->count; i++) {
		char *rest = strdup(profile->goals[i].tests);
		char *name;

		points += profile->goals[i].points;
		while ((name = strsep(&rest, " ")) != NULL) {
			if (has_system_test(report, name))
				continue;
			warnx("core.tsv: stage %d has no system test %s",
			      report->stage, name);
			is_good = false;
		}
	}
	if (points != PROFILE_POINTS)
		warnx("core.tsv: stage %d has %d points", report->stage,
		      points);
	return is_good && points == PROFILE_POINTS;
}

bool
report_check(const struct report *report)
{
	bool is_good = report->profile == NULL || check_profile(report);

	for (size_t i = 0; i < report->trial_count; i++) {
		const struct trial *trial = &report->trials[i];

		is_good = check_trial(report, trial) && is_good;
		for (size_t j = 0; j < i; j++) {
			if (strcmp(report->trials[j].test->name,
			           trial->test->name) != 0)
				continue;
			warnx("two tests are called %s", trial->test->name);
			is_good = false;
		}
	}
	for (size_t i = 0; i < report->table->count; i++)
		is_good =
			check_exercise(report, &report->table->exercises[i]) &&
			is_good;
	return is_good;
}
