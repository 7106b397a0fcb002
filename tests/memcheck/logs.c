/*
 * logs.c - what valgrind has written about the processes of a server; see
 * logs.h.
 *
 * Each line of a log begins with ==PID==; a paragraph is an error, a leak or an
 * open descriptor, with the functions that were being called:
 *
 *	==12== Invalid read of size 1
 *	==12==    at 0x109235: conn_read (conn.c:13)
 *	==12==    by 0x1092E2: main (main.c:14)
 *	==12==  Address 0x4a430c0 is 0 bytes after a block of size 10 alloc'd
 *	==12==    at 0x48417B4: malloc (in .../vgpreload_memcheck-amd64-linux.so)
 *	==12==    by 0x10921A: pool_new (pool.c:13)
 *	==12==
 *
 * Lines with --PID-- are valgrind's about itself, such as that it does not know
 * openat2(): no errors.
 */
#define _GNU_SOURCE
#include "logs.h"

#include "harness/graded.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	LINES_MAX = 128, /* of a paragraph; the others are left out */
	FRAMES_MAX = 5,  /* shown of a stack */
	SHOWN_MAX = 4,   /* findings told in full */
};

/* What valgrind's words mean. */
static const struct {
	const char *begin;
	const char *meaning;
} meanings[] = {
	{"Invalid read", "it read memory that is not its own"},
	{"Invalid write", "it wrote to memory that is not its own"},
	{"Invalid free",
         "it freed what was not allocated, or was freed before"},
	{"Mismatched free", "it freed memory by another way than it got it"},
	{"Conditional jump", "it decided by a value that was never set"},
	{"Use of uninit", "it used a value that was never set"},
	{"Syscall param",
         "what it gave to the kernel was never set, or is not its "
         "own memory"},
	{"Source and dest", "it copied between places that overlap: memmove()"},
	{"Process terminating", "this ended the process"},
	{"Jump to the invalid", "it called a function where there is none"},
	{"Argument '", "no size can be so large"},
	{"Open ", "this descriptor was never closed"},
	{"File descriptor", "it closed what was closed before"},
};

struct report {
	char *text;
	size_t count; /* findings */
	size_t shown;
	/* the log that is being read */
	bool is_of_child;
	bool is_cut_short; /* what was open when it crashed is no finding */
};

/* A paragraph of a log. */
struct paragraph {
	const char *lines[LINES_MAX];
	size_t count;
};

enum section { ERRORS, DESCRIPTORS, HEAP, LEAKS };

static bool
begins(const char *line, const char *text)
{
	return strncmp(line, text, strlen(text)) == 0;
}

static const char *
meaning_of(const char *line)
{
	for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
		if (begins(line, meanings[i].begin))
			return meanings[i].meaning;
	if (strstr(line, " lost in loss record") != NULL)
		return "it was never freed, and nothing points to it any more";
	if (strstr(line, "still reachable") != NULL)
		return "it was not freed by the end";
	return NULL;
}

/* ---- Stacks ---- */

static bool
is_frame(const char *line)
{
	return begins(line, "   at 0x") || begins(line, "   by 0x");
}

/* Is there such a file among the sources of the server? */
static bool
is_source(const char *name)
{
	static const char *const folders[] = {"", "web/"};
	const char *sources = getenv("MEMCHECK_SOURCES");

	if (sources == NULL || *sources == '\0')
		return !begins(name, "vg_replace");
	for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
		char *path = text_print("%s/%s%s", sources, folders[i], name);
		bool is_there = access(path, F_OK) == 0;
		free(path);
		if (is_there)
			return true;
	}
	return false;
}

/* "conn_read (conn.c:13)" of a frame in the server's own sources, or NULL. */
static const char *
own_function(const char *line)
{
	const char *name = strchr(line, ':');
	const char *open = strrchr(line, '(');
	const char *colon = strrchr(line, ':');
	char *file;
	bool is_own;

	if (name == NULL || open == NULL || colon < open ||
	    !isdigit((unsigned char)colon[1]))
		return NULL;
	file = text_print("%.*s", (int)(colon - open - 1), open + 1);
	is_own = is_source(file);
	free(file);
	return is_own ? name + 2 : NULL;
}

/* "conn_read (conn.c:13), called by main (main.c:14)": the stack that begins
   at this line. */
static char *
stack_text(const struct paragraph *paragraph, size_t from)
{
	char *text = "";
	size_t shown = 0;

	for (size_t i = from;
	     i < paragraph->count && is_frame(paragraph->lines[i]); i++) {
		const char *function = own_function(paragraph->lines[i]);
		if (function == NULL)
			continue;
		if (++shown > FRAMES_MAX)
			break;
		text = text_print("%s%s%s", text,
		                  *text == '\0' ? "" : ", called by ",
		                  function);
	}
	return text;
}

static bool
has_stack(const struct paragraph *paragraph)
{
	for (size_t i = 0; i < paragraph->count; i++)
		if (is_frame(paragraph->lines[i]))
			return true;
	return false;
}

/* ---- Findings ---- */

static void
add_finding(struct report *report, const char *text)
{
	report->count++;
	if (report->shown == SHOWN_MAX)
		return;
	report->shown++;
	report->text = text_print("%s%s\n", report->text, text);
}

/* All lines that are no frames, each with the server's part of its stack. */
static void
add_paragraph(struct report *report, const struct paragraph *paragraph)
{
	const char *meaning = meaning_of(paragraph->lines[0]);
	char *text = "";

	for (size_t i = 0; i < paragraph->count; i++) {
		const char *line = paragraph->lines[i];
		char *stack = stack_text(paragraph, i + 1);

		if (is_frame(line))
			continue;
		while (*line == ' ')
			line++;
		text = text_print("%s%s%s%s", text, i == 0 ? "" : ". ", line,
		                  i == 0 && meaning != NULL
		                          ? text_print(" - %s", meaning)
		                          : "");
		if (*stack != '\0')
			text = text_print("%s, in %s", text, stack);
	}
	add_finding(report, text_print("%s.", text));
}

/* Here begins what a forked process does by itself. */
#define CHILD_BEGIN "worker_run "

/* Does this belong to the process? A child has copies of all that its parent
   had, and ends without freeing them. */
static bool
is_own(const struct report *report, const struct paragraph *paragraph)
{
	for (size_t i = 0; i < paragraph->count; i++) {
		const char *function = own_function(paragraph->lines[i]);

		if (function != NULL && begins(function, CHILD_BEGIN))
			return true;
	}
	return !report->is_of_child;
}

/* Memory that libc keeps until the end is its own business. */
static bool
is_allocated_by_libc(const struct paragraph *paragraph)
{
	for (size_t i = 1; i < paragraph->count; i++) {
		const char *line = paragraph->lines[i];
		if (strstr(line, "/valgrind/") != NULL ||
		    strstr(line, "vg_replace_malloc") != NULL)
			continue;
		return own_function(line) == NULL;
	}
	return true;
}

static bool
is_leak(const struct report *report, const struct paragraph *paragraph)
{
	const char *line = paragraph->lines[0];

	if (report->is_cut_short || strstr(line, " in loss record ") == NULL)
		return false;
	if (strstr(line, "indirectly lost") != NULL)
		return false; /* what is lost directly is told */
	if (strstr(line, "still reachable") != NULL)
		return is_own(report, paragraph) &&
		       !is_allocated_by_libc(paragraph);
	return true;
}

/* "Open file descriptor 5: /dev/null", "Open AF_INET socket 5: ...". Those that
   were there at the start are not the server's, 0 to 2 neither. */
static bool
is_open_descriptor(const struct report *report,
                   const struct paragraph *paragraph)
{
	const char *number = strpbrk(paragraph->lines[0], "0123456789");

	if (report->is_cut_short || !begins(paragraph->lines[0], "Open ") ||
	    number == NULL)
		return false;
	return atoi(number) > STDERR_FILENO && has_stack(paragraph) &&
	       is_own(report, paragraph);
}

static void
take_paragraph(struct report *report, enum section *section,
               struct paragraph *paragraph)
{
	const char *first;

	if (paragraph->count == 0)
		return;
	if (begins(paragraph->lines[0], "Process terminating"))
		report->is_cut_short = true;
	if (begins(paragraph->lines[0], "FILE DESCRIPTORS:")) {
		*section = DESCRIPTORS;
		paragraph->count--;
		memmove(paragraph->lines, paragraph->lines + 1,
		        paragraph->count * sizeof paragraph->lines[0]);
		if (paragraph->count == 0)
			return;
	}
	first = paragraph->lines[0];
	if (begins(first, "HEAP SUMMARY:"))
		*section = HEAP;
	else if (begins(first, "LEAK SUMMARY:"))
		*section = LEAKS;
	else if (*section == DESCRIPTORS &&
	         is_open_descriptor(report, paragraph))
		add_paragraph(report, paragraph);
	else if (*section == HEAP && is_leak(report, paragraph))
		add_paragraph(report, paragraph);
	else if (*section == ERRORS &&
	         (has_stack(paragraph) ||
	          begins(first, "Warning: invalid file descriptor")))
		add_paragraph(report, paragraph);
}

/* ---- Logs ---- */

/* What follows "==123== ", or NULL. */
static char *
strip(char *line)
{
	char *end = line + 2;

	if (!begins(line, "=="))
		return NULL;
	end += strspn(end, "0123456789");
	if (!begins(end, "=="))
		return NULL;
	return end + 2 + (end[2] == ' ');
}

/* Says whether the log is complete: valgrind has written its last line. */
static bool
read_log(struct report *report, const char *path)
{
	FILE *file = fopen(path, "re");
	struct paragraph paragraph = {.count = 0};
	enum section section = ERRORS;
	bool is_complete = false;
	char *line = NULL;
	size_t room = 0;

	while (file != NULL && getline(&line, &room, file) != -1) {
		char *text = strip(line);

		if (text == NULL)
			continue;
		text[strcspn(text, "\n")] = '\0';
		is_complete = is_complete || begins(text, "ERROR SUMMARY:");
		if (*text == '\0') {
			take_paragraph(report, &section, &paragraph);
			paragraph.count = 0;
		} else if (paragraph.count < LINES_MAX) {
			paragraph.lines[paragraph.count++] =
				text_print("%s", text);
		}
	}
	take_paragraph(report, &section, &paragraph);
	if (file != NULL)
		fclose(file);
	free(line);
	return is_complete;
}

static char *
log_path(pid_t pid)
{
	return text_print("%s/valgrind.%d", scratch_path(), (int)pid);
}

static void
add_incomplete(struct report *report, pid_t pid)
{
	add_finding(report,
	            text_print("Process %d was ended before valgrind could say "
	                       "what was left open or not freed: by SIGKILL, "
	                       "for example.",
	                       (int)pid));
}

/* Each log once, those of processes too that nobody knows any more. */
static void
read_logs(struct report *report, const struct logs *logs)
{
	DIR *folder = opendir(scratch_path());
	struct dirent *entry;

	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		size_t before = report->count;
		pid_t pid;

		if (!begins(entry->d_name, "valgrind."))
			continue;
		pid = atoi(strchr(entry->d_name, '.') + 1);
		report->is_cut_short = false;
		report->is_of_child = logs != NULL && pid != logs->pids[0];
		if (!read_log(report, log_path(pid)) && logs != NULL &&
		    !(report->is_of_child && logs->may_be_killed))
			add_incomplete(report, pid);
		if (report->count > before)
			report->text = text_print("%sAll of it: less %s\n",
			                          report->text, log_path(pid));
	}
	if (folder != NULL)
		closedir(folder);
}

static char *
finish(const struct report *report)
{
	if (report->count <= report->shown)
		return report->text;
	return text_print("%sAnd %zu findings more.\n", report->text,
	                  report->count - report->shown);
}

char *
logs_findings(const struct logs *logs)
{
	struct report report = {.text = ""};

	read_logs(&report, logs);
	for (size_t i = 0; i < logs->pid_count; i++)
		if (access(log_path(logs->pids[i]), R_OK) == -1)
			add_finding(&report,
			            text_print("There is no log of process %d, "
			                       "%s.",
			                       (int)logs->pids[i],
			                       log_path(logs->pids[i])));
	return finish(&report);
}

char *
logs_findings_so_far(void)
{
	struct report report = {.text = ""};

	read_logs(&report, NULL);
	return finish(&report);
}
