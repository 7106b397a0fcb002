/*
 * root.c - the folder that a test's server serves; see root.h.
 */
#define _GNU_SOURCE
#include "root.h"

#include "graded.h"

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The pattern repeats itself after so many bytes: a prime, so that no block
   of a buffer's usual size looks like the next. */
enum { PATTERN_BYTES = 8191 };

static char *root;

static void
write_file(const char *path, const void *bytes, size_t byte_count)
{
	FILE *file = fopen(path, "we");

	if (file == NULL || fwrite(bytes, 1, byte_count, file) != byte_count ||
	    fclose(file) != 0)
		err(1, "%s", path);
}

static void
make_folder(const char *path)
{
	if (mkdir(path, 0777) == -1 && access(path, W_OK) == -1)
		err(1, "%s", path);
}

const char *
root_path(void)
{
	char *secret;

	if (root != NULL)
		return root;
	root = text_print("%s/www", scratch_path());
	make_folder(root);
	secret = text_print("%s/secret.txt", scratch_path());
	write_file(secret, ROOT_SECRET, strlen(ROOT_SECRET));
	root_text("index.html", ROOT_INDEX);
	root_text("hello.txt", ROOT_HELLO);
	return root;
}

char *
root_file_path(const char *name)
{
	return text_print("%s/%s", root_path(), name);
}

/* The file's path; the folders above it are there. */
static char *
make_way(const char *name)
{
	char *path = root_file_path(name);
	char *slash = path + strlen(root_path());

	while ((slash = strchr(slash + 1, '/')) != NULL) {
		*slash = '\0';
		make_folder(path);
		*slash = '/';
	}
	return path;
}

void
root_bytes(const char *name, const void *bytes, size_t byte_count)
{
	write_file(make_way(name), bytes, byte_count);
}

void
root_text(const char *name, const char *text)
{
	root_bytes(name, text, strlen(text));
}

uint8_t
root_pattern_byte(uint64_t offset, unsigned seed)
{
	uint32_t mixed = (uint32_t)(offset % PATTERN_BYTES) + seed * 7919u;

	mixed *= 2654435761u;
	return (uint8_t)(mixed >> 24);
}

bool
root_is_pattern(const void *bytes, size_t byte_count, uint64_t offset,
                unsigned seed, uint64_t *wrong)
{
	const uint8_t *byte = bytes;

	for (size_t i = 0; i < byte_count; i++) {
		if (byte[i] == root_pattern_byte(offset + i, seed))
			continue;
		if (wrong != NULL)
			*wrong = offset + i;
		return false;
	}
	return true;
}

void
root_pattern(const char *name, size_t byte_count, unsigned seed)
{
	uint8_t period[PATTERN_BYTES];
	char *path = make_way(name);
	FILE *file = fopen(path, "we");

	if (file == NULL)
		err(1, "%s", path);
	for (size_t i = 0; i < PATTERN_BYTES; i++)
		period[i] = root_pattern_byte(i, seed);
	for (size_t left = byte_count; left > 0;) {
		size_t part = left < PATTERN_BYTES ? left : PATTERN_BYTES;

		if (fwrite(period, 1, part, file) != part)
			err(1, "%s", path);
		left -= part;
	}
	if (fclose(file) != 0)
		err(1, "%s", path);
}

void
root_sparse(const char *name, off_t byte_count)
{
	root_text(name, "");
	root_truncate(name, byte_count);
}

void
root_folder(const char *name)
{
	make_folder(make_way(name));
}

void
root_fifo(const char *name)
{
	char *path = make_way(name);

	if (mkfifo(path, 0666) == -1)
		err(1, "%s", path);
}

void
root_link(const char *name, const char *target)
{
	char *path = make_way(name);

	if (symlink(target, path) == -1)
		err(1, "%s", path);
}

void
root_mode(const char *name, mode_t mode)
{
	char *path = root_file_path(name);

	if (chmod(path, mode) == -1)
		err(1, "%s", path);
}

void
root_modified(const char *name, time_t when)
{
	char *path = root_file_path(name);
	struct timespec times[2] = {{.tv_sec = when}, {.tv_sec = when}};

	if (utimensat(AT_FDCWD, path, times, 0) == -1)
		err(1, "%s", path);
}

void
root_truncate(const char *name, off_t byte_count)
{
	char *path = root_file_path(name);

	if (truncate(path, byte_count) == -1)
		err(1, "%s", path);
}

void
root_remove(const char *name)
{
	char *path = root_file_path(name);

	if (remove(path) == -1)
		err(1, "%s", path);
}
