/*
 * path_target.c - no path and no link leads out of the root, and both ways to
 * open a file (openat2(2) and the walk) agree on every one.
 *
 *	clang -fsanitize=fuzzer,address,undefined -I ../../stage1_select \
 *	      path_target.c ../../stage1_select/web/site.c \
 *	      ../../stage1_select/web/http.c
 *	./a.out -max_len=1024 -max_total_time=60
 *
 * Without libFuzzer, replay_main.c runs it over files.
 *
 * The input's first line is a path as a client sends it; the rest is the text
 * of the links x and a/x. A path that http_decode_path() refuses is tried as it
 * is: the root is a wall for careless callers, too. All names have one letter,
 * so that they are found by chance.
 *
 * Not covered: paths that grow over PATH_MAX by the text of links. The walk
 * refuses them, the kernel does not.
 */
#define _GNU_SOURCE
#include "web/http.h"
#include "web/site.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

#define CANARY "this must never leave the machine\n"

enum { LONG_BYTES = SITE_SHORT_BYTES + 1 };

/* What site_find() said, to be compared. */
struct outcome {
	int error; /* 0: found */
	char etag[sizeof(((struct site_file *)NULL)->etag)];
};

static const char *const links[][2] = {
	{"u", ".."},
	{"a/u", ".."},
	{"a/b/u", "../.."},
	{"h", "."},
	{"a/h", "./"},
	{"a/d", "b"},
	{"d", "a/b"},
	{"s", "s"},
	{"t", "../secret"},
	{"a/t", "../../secret"},
	{"a/b/t", "../../../www/f"},
	{"o", "/"},
	{"a/o", "/proc/self/root"},
	{"l", "a/d/f"},
	{"a/l", "../l"},
	{"n", "z/../f"},
	{"m", "f/../f"},
	{"k", "f/"},
};

/* What else clean_up() has to remove, a folder after what is in it. */
static const char *const names[] = {
	"f", "g", "p", "x", "a/f", "a/x", "a/b/f", "a/b/g", "a/b", "a",
};

static char top[PATH_MAX / 2]; /* holds www, and beside it the secret */
static char root[PATH_MAX];    /* www */
static int root_fd;

static void
clean_up(void)
{
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		unlinkat(root_fd, links[i][0], 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (unlinkat(root_fd, names[i], 0) == -1)
			unlinkat(root_fd, names[i], AT_REMOVEDIR);
	unlinkat(root_fd, "../secret", 0);
	rmdir(root);
	rmdir(top);
}

static void
write_file(const char *name, const char *text, off_t byte_count)
{
	int fd = openat(root_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	size_t bytes = strlen(text);

	if (fd == -1 || write(fd, text, bytes) != (ssize_t)bytes ||
	    ftruncate(fd, byte_count) == -1 || close(fd) == -1)
		err(1, "%s", name);
}

static void
make_tree(void)
{
	const char *folder = getenv("TMPDIR");

	snprintf(top, sizeof(top), "%s/path_target.XXXXXX",
	         folder != NULL ? folder : "/tmp");
	if (mkdtemp(top) == NULL)
		err(1, "%s", top);
	snprintf(root, sizeof(root), "%s/www", top);
	if (mkdir(root, 0777) == -1)
		err(1, "%s", root);
	root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	atexit(clean_up);
	if (root_fd == -1 || mkdirat(root_fd, "a", 0777) == -1 ||
	    mkdirat(root_fd, "a/b", 0777) == -1 ||
	    mkfifoat(root_fd, "p", 0666) == -1)
		err(1, "%s", root);
	write_file("../secret", CANARY, sizeof(CANARY) - 1);
	write_file("f", "f\n", 2);
	write_file("g", "g\n", LONG_BYTES);
	write_file("a/f", "a/f\n", 4);
	write_file("a/b/f", "a/b/f\n", 6);
	write_file("a/b/g", "a/b/g\n", LONG_BYTES);
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (symlinkat(links[i][1], root_fd, links[i][0]) == -1)
			err(1, "%s", links[i][0]);
}

/* A link with the input's text, in place of the last one's. May fail, if the
   text is empty or too long: then there is none. */
static void
make_link(const char *text, const char *name)
{
	unlinkat(root_fd, name, 0);
	(void)!symlinkat(text, root_fd, name);
}

static void
check_no_canary(const struct site_file *file, const char *path)
{
	char bytes[LONG_BYTES];
	ssize_t n = file->size_bytes;

	if (file->bytes != NULL)
		memcpy(bytes, file->bytes, (size_t)n);
	else
		n = pread(file->fd, bytes, sizeof(bytes), 0);
	if (n != -1 &&
	    memmem(bytes, (size_t)n, CANARY, sizeof(CANARY) - 1) != NULL) {
		fprintf(stderr, "site_find(\"%s\") found the secret\n", path);
		abort();
	}
}

/* A new site each time: what was found before must not come from its cache. */
static struct outcome
look_up(const char *path, bool is_walk)
{
	struct outcome outcome = {.error = 0};
	struct site *site = site_open(root, 1);
	struct site_file *file;

	if (site == NULL)
		err(1, "site_open");
	if (is_walk)
		site_avoid_openat2(site);
	file = site_find(site, path);
	if (file == NULL) {
		outcome.error = errno;
	} else {
		check_no_canary(file, path);
		memcpy(outcome.etag, file->etag, strlen(file->etag));
		site_release(site, file);
	}
	site_close(site);
	return outcome;
}

static void
compare(const char *path, const char *link_text)
{
	struct outcome kernel = look_up(path, false);
	struct outcome walk = look_up(path, true);

	if (memcmp(&kernel, &walk, sizeof(kernel)) == 0)
		return;
	fprintf(stderr,
	        "path \"%s\", x -> \"%s\": with openat2() errno %d and ETag "
	        "%s, walking errno %d and ETag %s\n",
	        path, link_text, kernel.error, kernel.etag, walk.error,
	        walk.etag);
	abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	const char *line = (const char *)data;
	const char *end = bytes > 0 ? memchr(line, '\n', bytes) : NULL;
	size_t line_bytes = end != NULL ? (size_t)(end - line) : bytes;
	char *raw = strndup(line, line_bytes);
	char *text = end != NULL ? strndup(end + 1, bytes - line_bytes - 1)
	                         : strdup("");
	char path[HTTP_HEAD_MAX];
	bool is_folder;

	if (raw == NULL || text == NULL)
		err(1, "strndup");
	if (top[0] == '\0')
		make_tree();
	make_link(text, "x");
	make_link(text, "a/x");
	compare(raw, text);
	if (http_decode_path(line, line_bytes, path, sizeof(path),
	                     &is_folder) == 0)
		compare(path, text);
	free(text);
	free(raw);
	return 0;
}
