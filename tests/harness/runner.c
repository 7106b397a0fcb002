/*
 * runner.c - chooses tests, has Criterion run them, and judges what came.
 *
 *	run --table exercises.tsv --scratch FOLDER [option ...]
 *
 * --exercise 1.5, --test NAME, --kind unit|system|graded|own: only these; graded
 *  are those with points, own the unit tests among them.
 * --server PROGRAM: the system tests, of any program, by its behaviour.
 * --profile FILE: of these only the ones that it names, and its points.
 * --list: say what tests there are.  --check: do tests and table match?
 * --here NAME: run one test's body in this very process, for a debugger.
 * --jobs N, --results FILE, --shown FOLDER (how to call the scratch folder).
 * --witness FD: for who does not trust the program under test. A line of JSON
 * goes there when a test has ended, all of them again at the end, and then the
 * word "complete". Only this process has the descriptor, and no process that
 * the test starts can look into it.
 *
 * Criterion forks and runs each test; its own messages are switched off. What a
 * test printed lies in its scratch folder.
 */
#define _GNU_SOURCE
#include "graded.h"
#include "report.h"
#include "subject.h"
#include "table.h"
#include "wait.h"

#include <criterion/logging.h>
#include <criterion/options.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef STAGE
#define STAGE 1
#endif

enum {
	FD_SOFT_LIMIT = 4096,   /* each test's process closes all below */
	OUTPUT_BYTES = 1500,    /* of a crashed test's output to show */
	STUB_BYTES = 8,         /* of an entry in the stubs' section */
	PATIENCE_ROUNDS = 50,   /* of starting a process: */
	PATIENCE_USUAL_MS = 25, /* this long on a usual machine */
	PATIENCE_MAX = 20,
	HURRY_AFTER = 8, /* tests that have waited in vain */
};

static struct {
	const char *table;
	const char *scratch;
	const char *shown;
	const char *results;
	const char *exercise;
	const char *test;
	const char *kind;
	const char *server;
	const char *profile;
	const char *here;
	size_t jobs;
	FILE *witness;
	bool list;
	bool check;
} options = {.table = "exercises.tsv", .kind = ""};

static struct table table;
static struct profile profile;
static struct report report;
static size_t running, selected, in_vain, wrong;
static const char *first_wrong; /* the name of a test */

/* ---- Without libgit2 ---- */

/* Criterion starts it in every test's process, to draw the differences of two
   texts, and so each reads all certificates of the machine: a sixth of the
   time of all unit tests. No test has differences drawn, so these two are
   called in place of libgit2's. */
int git_libgit2_init(void);
int git_libgit2_shutdown(void);

int
git_libgit2_init(void)
{
	return 1;
}

int
git_libgit2_shutdown(void)
{
	return 0;
}

/* ---- What is still a stub: exercise.h puts it into this section ---- */

extern const char __start_exercise_stubs[][STUB_BYTES] __attribute__((weak));
extern const char __stop_exercise_stubs[][STUB_BYTES] __attribute__((weak));

/* Is it? Only then a server that says so is believed. */
static bool
is_stub(int stage, int number)
{
	const char(*stub)[STUB_BYTES] = __start_exercise_stubs;
	int own_stage, own_number;

	for (; stub != __stop_exercise_stubs; stub++) {
		if (table_parse_id(*stub, &own_stage, &own_number) &&
		    own_stage == stage && own_number == number)
			return true;
	}
	return false;
}

static void
find_stubs(void)
{
	const char(*stub)[STUB_BYTES] = __start_exercise_stubs;
	int stage, number;

	for (; stub != __stop_exercise_stubs; stub++) {
		struct exercise *exercise = NULL;

		if (table_parse_id(*stub, &stage, &number))
			exercise = table_find(&table, stage, number);
		if (exercise != NULL)
			exercise->is_to_write = true;
	}
}

/* ---- Files ---- */

static int
remove_entry(const char *path, const struct stat *status, int type,
             struct FTW *place)
{
	(void)status;
	(void)place;
	if (type == FTW_DNR)
		chmod(path, 0700);
	return remove(path);
}

static void
remove_tree(const char *path)
{
	nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static char *
scratch_of(const char *name)
{
	return text_print("%s/%s", options.scratch, name);
}

/* What the test's process printed, its last part. */
static char *
output_of(const char *name)
{
	char *path = text_print("%s/output", scratch_of(name));
	char *text = NULL;
	size_t room = 0, bytes;
	FILE *file = fopen(path, "re");

	if (file == NULL || getdelim(&text, &room, '\0', file) == -1)
		text = strdup("");
	if (file != NULL)
		fclose(file);
	bytes = strlen(text);
	return bytes > OUTPUT_BYTES ? text + bytes - OUTPUT_BYTES : text;
}

/* ---- Judging one test ---- */

/* Was the test in vain, for lack of a function that is to be written? */
static bool
find_not_written(const struct trial *trial, int *stage, int *number)
{
	char *line = text_not_written(output_of(trial->test->name));

	return line != NULL &&
	       sscanf(line, "exercise %d.%d:", stage, number) == 2 &&
	       (options.server != NULL || is_stub(*stage, *number));
}

static bool
has_failed(const struct criterion_test_stats *stats)
{
	return stats->test_status == CR_STATUS_FAILED ||
	       stats->failed_asserts > 0 || stats->crashed ||
	       stats->timed_out || stats->exit_code != 0 || stats->signal != 0;
}

/* A test that passes comes to its end; a function under test that calls exit(0)
   does not get it there. */
static bool
has_ended_early(const struct trial *trial)
{
	FILE *mark = fopen(text_print("%s/" GRADED_END_MARK,
	                              scratch_of(trial->test->name)),
	                   "re");
	int byte = mark == NULL ? EOF : getc(mark);

	if (mark != NULL)
		fclose(mark);
	return byte != GRADED_HAS_ENDED;
}

/* The failed assertions, the first one first (Criterion keeps them the other
   way round). */
static char *
assertions(const struct criterion_test_stats *stats)
{
	char *text = "";

	for (const struct criterion_assert_stats *one = stats->asserts;
	     one != NULL; one = one->next) {
		if (!one->passed)
			text = text_print("%s%s%s", one->message,
			                  *text == '\0' ? "" : "\n", text);
	}
	return text;
}

static char *
crash_text(const struct trial *trial, const struct criterion_test_stats *stats)
{
	bool is_unit = trial->test->kind == GRADED_UNIT ||
	               trial->test->kind == GRADED_GIVEN;
	const char *who = is_unit ? "Your code" : "The test's own process";
	if (stats->signal == SIGKILL)
		return text_print("%s did not come back within %.0f s: it "
		                  "waits, or runs in a circle.",
		                  who, trial->seconds_max);
	if (stats->signal != 0)
		return text_print("%s died of %s in this test.", who,
		                  text_signal(stats->signal));
	if (stats->exit_code != 0)
		return text_print("%s ended the process with exit status %d; "
		                  "it should have returned.",
		                  who, stats->exit_code);
	if (stats->crashed)
		return text_print("%s died in this test.", who);
	if (!has_failed(stats))
		return text_print("%s ended the process with exit status 0; it "
		                  "should have returned.",
		                  who);
	return "";
}

/* A server's death is told by the test that saw it. */
static bool
has_server_died(const char *message)
{
	const char *end = strstr(message, SUBJECT_KILLED);

	return end != NULL && strncmp(end + strlen(SUBJECT_KILLED), "SIGKILL",
	                              strlen("SIGKILL")) != 0;
}

static char *
failure_text(const struct trial *trial,
             const struct criterion_test_stats *stats)
{
	char *output = output_of(trial->test->name);

	return text_print("%s%s%s%s%s", assertions(stats),
	                  stats->failed_asserts > 0 ? "\n" : "",
	                  crash_text(trial, stats),
	                  *output == '\0' ? "" : "\nIt had printed:\n", output);
}

static void
judge(struct trial *trial, const struct criterion_test_stats *stats)
{
	int stage, number;

	trial->seconds = (double)stats->elapsed_time;
	if (stats->test_status == CR_STATUS_SKIPPED && !has_failed(stats)) {
		trial->verdict = VERDICT_NOT_CHECKED;
		trial->message = text_print(
			"%s", stats->message == NULL ? "" : stats->message);
	} else if (!has_failed(stats) && !has_ended_early(trial)) {
		trial->verdict = VERDICT_PASSED;
	} else if (find_not_written(trial, &stage, &number)) {
		bool is_own = trial->exercise != NULL &&
		              trial->exercise->stage == stage &&
		              trial->exercise->number == number;

		trial->verdict = is_own ? VERDICT_NOT_WRITTEN : VERDICT_BLOCKED;
	} else {
		trial->verdict = VERDICT_WRONG;
		trial->message = failure_text(trial, stats);
		trial->has_died = stats->signal != 0 || stats->crashed ||
		                  has_server_died(trial->message);
	}
}

static struct trial *
find_trial(const char *name)
{
	for (size_t i = 0; i < report.trial_count; i++) {
		if (strcmp(report.trials[i].test->name, name) == 0)
			return &report.trials[i];
	}
	return NULL;
}

/* A test that has waited until it gave up: where there are many, the server
   answers nobody, and the others need not take as long to find that out. */
static void
count_waits_in_vain(struct trial *trial,
                    const struct criterion_test_stats *stats)
{
	int64_t took_ms = wait_now_ms() - trial->begin_ms;

	if (trial->is_over)
		return;
	trial->is_over = true;
	if (has_failed(stats) &&
	    (double)took_ms >= WAIT_GIVE_UP_MS * wait_patience() &&
	    ++in_vain == HURRY_AFTER)
		wait_begin_hurry();
}

/* For who looks on; the report comes when all tests are done. */
static void
count_wrong(const struct trial *trial)
{
	if (trial->verdict != VERDICT_WRONG)
		return;
	wrong++;
	if (first_wrong == NULL)
		first_wrong = trial->test->name;
}

/* One test has ended, well or not: what is known by now. */
static void
note_end(struct criterion_test_stats *stats)
{
	struct trial *trial = find_trial(stats->test->name);
	struct trial now;

	if (trial == NULL)
		return;
	now = *trial;
	judge(&now, stats);
	if (!trial->is_over)
		count_wrong(&now);
	count_waits_in_vain(trial, stats);
	if (options.witness != NULL)
		report_write_json(&now, options.witness);
}

static void
tell_witness_all(void)
{
	for (size_t i = 0; i < report.trial_count; i++) {
		if (report.trials[i].verdict != VERDICT_NONE)
			report_write_json(&report.trials[i], options.witness);
	}
	fputs("\"complete\"\n", options.witness);
	fflush(options.witness);
}

static void
judge_all(struct criterion_global_stats *stats)
{
	for (struct criterion_suite_stats *suite = stats->suites; suite != NULL;
	     suite = suite->next) {
		for (struct criterion_test_stats *test = suite->tests;
		     test != NULL; test = test->next) {
			struct trial *trial = find_trial(test->test->name);

			if (trial == NULL || test->test->data->disabled)
				continue;
			judge(trial, test);
			if (trial->verdict != VERDICT_WRONG)
				remove_tree(scratch_of(test->test->name));
		}
	}
}

static bool
is_unit(const struct graded_test *test)
{
	return test->kind == GRADED_UNIT || test->kind == GRADED_GIVEN;
}

/* The repair that the student has still to do, or NULL. */
static struct exercise *
find_open_repair(void)
{
	for (size_t i = 0; i < report.trial_count; i++) {
		struct trial *trial = &report.trials[i];

		if (trial->verdict == VERDICT_WRONG && is_unit(trial->test) &&
		    trial->exercise != NULL && trial->exercise->is_repair)
			return trial->exercise;
	}
	return NULL;
}

/* While a repair is open the server has a known fault: what fails there says
   nothing of other exercises. */
static void
judge_again(void)
{
	struct exercise *repair = find_open_repair();

	for (size_t i = 0; repair != NULL && i < report.trial_count; i++) {
		struct trial *trial = &report.trials[i];

		if (trial->verdict == VERDICT_WRONG && !is_unit(trial->test) &&
		    trial->exercise != repair)
			trial->verdict = VERDICT_BLOCKED;
	}
}

/* ---- Choosing ---- */

static bool
is_selected(const struct trial *trial)
{
	int stage = 0, number = 0, own_stage, own_number;

	if (options.test != NULL &&
	    strcmp(options.test, trial->test->name) != 0)
		return false;
	if (strcmp(options.kind, is_unit(trial->test) ? "system" : "unit") == 0)
		return false;
	if (strcmp(options.kind, "graded") == 0 && trial->exercise == NULL)
		return false;
	if (strcmp(options.kind, "own") == 0 &&
	    (trial->test->kind != GRADED_UNIT || trial->exercise == NULL))
		return false;
	if (options.server != NULL && is_unit(trial->test))
		return false;
	if (options.profile != NULL &&
	    !profile_has(&profile, trial->test->name))
		return false;
	if (options.exercise == NULL)
		return true;
	return table_parse_id(options.exercise, &stage, &number) &&
	       table_parse_id(trial->test->exercise, &own_stage, &own_number) &&
	       stage == own_stage && number == own_number;
}

static void
look_for_stub(struct exercise *exercise, void *context)
{
	bool *is_to_write = context;

	*is_to_write = *is_to_write || exercise->is_to_write;
}

/* A system test that needs a function nobody has written is not run. */
static bool
settle_without_running(struct trial *trial)
{
	bool needs_stub = false;

	if (is_unit(trial->test) || options.server != NULL)
		return false;
	table_each(&table, trial->test->needs, look_for_stub, &needs_stub);
	if (trial->exercise != NULL && trial->exercise->is_to_write)
		trial->verdict = VERDICT_NOT_WRITTEN;
	else if (needs_stub)
		trial->verdict = VERDICT_BLOCKED;
	return trial->verdict != VERDICT_NONE;
}

static int
compare_trials(const void *left, const void *right)
{
	const struct trial *a = left, *b = right;
	int order = (a->exercise == NULL) - (b->exercise == NULL);

	if (order == 0 && a->exercise != b->exercise)
		order = a->exercise < b->exercise ? -1 : 1;
	if (order == 0)
		order = (int)a->test->kind - (int)b->test->kind;
	if (order == 0)
		order = strcmp(a->criterion->data->file_,
		               b->criterion->data->file_);
	if (order == 0)
		order = (int)a->criterion->data->line_ -
		        (int)b->criterion->data->line_;
	return order;
}

static const struct graded_test *
find_graded(const char *name)
{
	for (struct graded_test *test = graded_tests(); test != NULL;
	     test = test->next) {
		if (strcmp(test->name, name) == 0)
			return test;
	}
	errx(2, "%s: not declared with UNIT, SYSTEM, CONTRACT or GIVEN", name);
}

static void
add_trial(struct criterion_test *criterion)
{
	struct trial *trial = &report.trials[report.trial_count++];
	int stage, number;

	trial->criterion = criterion;
	trial->test = find_graded(criterion->name);
	if (table_parse_id(trial->test->exercise, &stage, &number))
		trial->exercise = table_find(&table, stage, number);
}

/* Makes report.trials of what Criterion has found. */
static void
collect_trials(struct criterion_test_set *set)
{
	report.trials = calloc(set->tests + 1, sizeof(*report.trials));
	if (report.trials == NULL)
		err(2, "calloc");
	FOREACH_SET(struct criterion_suite_set * suite, set->suites)
	{
		if (suite->tests == NULL)
			continue;
		FOREACH_SET(struct criterion_test * test, suite->tests)
		add_trial(test);
	}
	qsort(report.trials, report.trial_count, sizeof(*report.trials),
	      compare_trials);
}

/* Tells Criterion what to run, and for how long at most. */
static void
select_trials(void)
{
	bool is_any = false;

	for (size_t i = 0; i < report.trial_count; i++) {
		struct trial *trial = &report.trials[i];
		struct criterion_test_extra_data *data = trial->criterion->data;
		bool is_chosen = is_selected(trial);

		is_any = is_any || is_chosen;
		data->disabled = !is_chosen || settle_without_running(trial);
		data->timeout = 0; /* the test sees to that: graded.c */
		selected += !data->disabled;
		if (is_chosen)
			remove_tree(scratch_of(trial->test->name));
	}
	if (!is_any && options.exercise != NULL && options.test == NULL)
		errx(2,
		     "there is no exercise %s in stage %d, or no such test of "
		     "it; make test says which exercises there are",
		     options.exercise, STAGE);
	if (!is_any)
		errx(2,
		     "there is no such test; make -C ../tests STAGE=%d list "
		     "says which there are",
		     STAGE);
}

/* ---- Running ---- */

/* How long it takes to start processes here, against what is usual. */
static void
measure_patience(void)
{
	int64_t begin_ms = wait_now_ms();
	double patience;

	if (getenv("PATIENCE") != NULL)
		return;
	for (int i = 0; i < PATIENCE_ROUNDS; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
	patience = (double)(wait_now_ms() - begin_ms) / PATIENCE_USUAL_MS;
	if (patience > PATIENCE_MAX)
		patience = PATIENCE_MAX;
	setenv("PATIENCE", text_print("%.1f", patience < 1 ? 1 : patience), 1);
}

static void
lower_fd_limit(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur > FD_SOFT_LIMIT)
		limit.rlim_cur = FD_SOFT_LIMIT;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void
note_begin(struct criterion_suite *suite, struct criterion_test *test)
{
	struct trial *trial = find_trial(test->name);

	(void)suite;
	if (test->data->disabled)
		return; /* Criterion tells of it all the same. */
	if (trial != NULL) {
		trial->begin_ms = wait_now_ms();
		trial->seconds_max = graded_timeout(trial->test);
	}
	running++;
	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r%zu of %zu tests", running, selected);
	if (wrong > 0)
		fprintf(stderr, ", %zu wrong, first %.40s", wrong, first_wrong);
	if (running == selected)
		fputs("\r\033[K", stderr);
}

static void
run_tests(struct criterion_test_set *set)
{
	static struct criterion_logger logger = {
		.log_pre_init = note_begin,
		.log_post_fini = note_end,
		.log_test_crash = note_end,
		.log_post_all = judge_all,
	};

	criterion_options.logger = &logger;
	criterion_options.jobs = options.jobs;
	if (options.jobs == 0)
		criterion_options.jobs =
			2 * (size_t)sysconf(_SC_NPROCESSORS_ONLN);
	criterion_run_all_tests(set);
}

static int
run_here(const char *name)
{
	graded_begin_here(name);
	find_graded(name)->body();
	graded_end_here();
	puts("passed");
	return 0;
}

static void
list_tests(void)
{
	static const char *const kinds[] = {"unit", "system", "contract",
	                                    "given"};

	for (size_t i = 0; i < report.trial_count; i++) {
		const struct trial *trial = &report.trials[i];
		const char *promise = trial->criterion->data->description;

		if (is_selected(trial))
			printf("%s\t%s\t%s\t%d\t%s\t%s\n", trial->test->name,
			       trial->exercise == NULL ? "-"
			                               : trial->exercise->id,
			       kinds[trial->test->kind], trial->test->points,
			       *trial->test->needs == '\0' ? "-"
			                                   : trial->test->needs,
			       promise == NULL ? "" : promise);
	}
}

static const char *
absolute(const char *path)
{
	char *full = realpath(path, NULL);

	if (full == NULL)
		err(2, "%s", path);
	return full;
}

/* No child may have the descriptor, or take it from us: /proc/PID/fd, ptrace(2)
   and pidfd_getfd(2) are closed to them. The tests' processes follow us. */
static FILE *
open_witness(const char *number)
{
	int fd = atoi(number);
	FILE *file;

	if (prctl(PR_SET_DUMPABLE, 0) == -1 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 ||
	    (file = fdopen(fd, "w")) == NULL)
		err(2, "--witness %s", number);
	setenv("GRADED_GUARD", "1", 1);
	return file;
}

static const char *
nonempty(const char *text)
{
	return *text == '\0' ? NULL : text;
}

static void
read_options(int argc, char *argv[])
{
	static const struct option names[] = {
		{"table", required_argument, NULL, 't'},
		{"scratch", required_argument, NULL, 's'},
		{"shown", required_argument, NULL, 'S'},
		{"results", required_argument, NULL, 'r'},
		{"exercise", required_argument, NULL, 'e'},
		{"test", required_argument, NULL, 'n'},
		{"kind", required_argument, NULL, 'k'},
		{"server", required_argument, NULL, 'p'},
		{"profile", required_argument, NULL, 'P'},
		{"here", required_argument, NULL, 'h'},
		{"jobs", required_argument, NULL, 'j'},
		{"witness", required_argument, NULL, 'w'},
		{"list", no_argument, NULL, 'l'},
		{"check", no_argument, NULL, 'c'},
		{0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (option) {
		case 't':
			options.table = optarg;
			break;
		case 's':
			options.scratch = optarg;
			break;
		case 'S':
			options.shown = optarg;
			break;
		case 'r':
			options.results = optarg;
			break;
		case 'e':
			options.exercise = nonempty(optarg);
			break;
		case 'n':
			options.test = nonempty(optarg);
			break;
		case 'w':
			options.witness = open_witness(optarg);
			break;
		case 'k':
			options.kind = optarg;
			break;
		case 'p':
			options.server = nonempty(optarg);
			break;
		case 'P':
			options.profile = nonempty(optarg);
			break;
		case 'h':
			options.here = optarg;
			break;
		case 'j':
			options.jobs = (size_t)atoi(optarg);
			break;
		case 'l':
			options.list = true;
			break;
		case 'c':
			options.check = true;
			break;
		default:
			exit(2);
		}
	}
}

/* Where tests find things: their processes inherit the environment. */
static void
prepare_environment(void)
{
	if (options.scratch == NULL)
		options.scratch = text_print("/tmp");
	options.scratch = absolute(options.scratch);
	setenv(GRADED_SCRATCH, options.scratch, 1);
	if (options.server != NULL)
		setenv("GRADED_SERVER", absolute(options.server), 1);
	unsetenv("MAKEFLAGS"); /* a server is not part of the build */
	unsetenv("MAKELEVEL");
	umask(022);
}

static void
run_and_judge(struct criterion_test_set *set)
{
	wait_end_hurry();
	select_trials();
	run_tests(set);
	judge_again();
	report.is_hurried = wait_is_hurried();
	wait_end_hurry();
}

static bool
tell(void)
{
	if (options.results != NULL)
		report_write(&report, options.results);
	if (options.witness != NULL)
		tell_witness_all();
	return report_print(&report);
}

/* Of one exercise there are tests of the function and tests with the server. */
static bool
is_in_two_parts(void)
{
	size_t units = 0, systems = 0;

	if (options.exercise == NULL || options.test != NULL ||
	    *options.kind != '\0' || options.witness != NULL)
		return false;
	for (size_t i = 0; i < report.trial_count; i++) {
		if (!is_selected(&report.trials[i]))
			continue;
		if (is_unit(report.trials[i].test))
			units++;
		else
			systems++;
	}
	return units > 0 && systems > 0;
}

/* The first part, in a process of its own: Criterion runs tests once. Says
   whether all is right; if not, the report is printed. */
static bool
are_units_right(struct criterion_test_set *set)
{
	int status = 0;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == -1)
		err(2, "fork");
	if (pid == 0) {
		options.kind = "unit";
		run_and_judge(set);
		report.is_first_part = true;
		_exit(report_is_good(&report) || tell() ? 0 : 1);
	}
	if (waitpid(pid, &status, 0) == -1)
		err(2, "waitpid");
	return status == 0;
}

static int
run_selected(struct criterion_test_set *set)
{
	bool matches;

	report.is_complete = options.exercise == NULL && options.test == NULL &&
	                     *options.kind == '\0';
	matches = !report.is_complete || options.server != NULL ||
	          report_check(&report);
	measure_patience();
	lower_fd_limit();
	if (is_in_two_parts() && !are_units_right(set))
		return 1;
	run_and_judge(set);
	return tell() && matches ? 0 : 1;
}

int
main(int argc, char *argv[])
{
	struct criterion_test_set *set;
	int status = 0;

	read_options(argc, argv);
	prepare_environment();
	if (options.here != NULL)
		return run_here(options.here);
	table_read(&table, options.table, STAGE);
	if (options.profile != NULL)
		profile_read(&profile, options.profile, STAGE);
	find_stubs();
	set = criterion_initialize();
	report = (struct report){
		.table = &table,
		.stage = STAGE,
		.server = options.server,
		.profile = options.profile == NULL ? NULL : &profile,
		.scratch =
			options.shown == NULL ? options.scratch : options.shown,
	};
	collect_trials(set);
	if (options.list)
		list_tests();
	else if (options.check)
		status = report_check(&report) ? 0 : 1;
	else
		status = run_selected(set);
	criterion_finalize(set);
	return status;
}
