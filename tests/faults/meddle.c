/*
 * meddle.c - a server in whose calls we meddle; see meddle.h.
 */
#define _GNU_SOURCE
#include "meddle.h"

#include "harness/graded.h"

#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SHIM "shim_faults.so"

enum { ENVIRONMENT_MAX = 32 };

/* A file of zeros that the shim can map, and we too. */
static void *
make_shared(const char *name, size_t bytes)
{
	char *path = text_print("%s/%s", scratch_path(), name);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	void *memory;

	if (fd == -1 || ftruncate(fd, (off_t)bytes) == -1)
		err(1, "%s", path);
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		err(1, "%s", path);
	close(fd);
	return memory;
}

/* Lines of blanks, for the shim to write over. */
static void
make_log(void)
{
	char *log = make_shared(FAULTS_LOG, FAULTS_LINES * FAULTS_LINE_BYTES);

	memset(log, ' ', FAULTS_LINES * FAULTS_LINE_BYTES);
	for (size_t i = 1; i <= FAULTS_LINES; i++)
		log[i * FAULTS_LINE_BYTES - 1] = '\n';
}

static char *
hello(const char *settings, unsigned seed)
{
	const char *test = strrchr(scratch_path(), '/') + 1;

	if (seed == 0)
		return text_print("LTP_FAULTS_HELLO=faults: %s; the last ones "
		                  "are in %s/" FAULTS_LOG,
		                  settings, scratch_path());
	return text_print("LTP_FAULTS_HELLO=faults: seed=%u,%s; the last ones "
	                  "are in %s/" FAULTS_LOG
	                  "\nto repeat this: make test TEST=%s SEED=%u",
	                  seed, settings, scratch_path(), test, seed);
}

/* Sanitizers want to be the first library, but can do without. */
static char *
sanitizer_options(void)
{
	const char *set = getenv("ASAN_OPTIONS");

	return text_print("ASAN_OPTIONS=%s%sverify_asan_link_order=0",
	                  set == NULL ? "" : set, set == NULL ? "" : ":");
}

struct meddled
meddle_with(const char *settings, unsigned seed,
            const struct subject_options *options)
{
	const char *environment[ENVIRONMENT_MAX] = {
		subject_preload(SHIM),
		text_print("LTP_FAULTS=seed=%u,%s", seed, settings),
		text_print("LTP_FAULTS_FOLDER=%s", scratch_path()),
		hello(settings, seed),
		sanitizer_options(),
	};
	struct subject_options all = *options;
	struct meddled meddled;
	size_t count = 5;

	for (size_t i = 0;
	     options->environment != NULL && options->environment[i] != NULL &&
	     count < ENVIRONMENT_MAX - 1;
	     i++)
		environment[count++] = options->environment[i];
	all.environment = environment;
	if (access(subject_tool(SHIM), R_OK) == -1)
		not_checked("there is no %s", subject_tool(SHIM));
	make_log();
	meddled.state = make_shared(FAULTS_STATE, sizeof *meddled.state);
	meddled.state->is_off = 1; /* it shall start in peace */
	meddled.server = subject_start_with(&all);
	meddled.state->is_off = 0;
	if (!meddled.state->is_loaded)
		not_checked("no library can be put between this server and the "
		            "system; it may be linked statically");
	return meddled;
}

struct meddled
meddle(const char *settings, unsigned seed)
{
	return meddle_with(settings, seed, &(struct subject_options){0});
}
