/*
 * root.h - the folder that a test's server serves.
 *
 *	root_text("hello.txt", "hello\n");
 *	root_pattern("big.bin", 8 << 20, 7);
 *	struct subject *server = subject_start(NULL);
 *
 * - It is made, in the test's scratch folder, by the first function called;
 *   it holds index.html (ROOT_INDEX) and hello.txt (ROOT_HELLO) at first.
 * - Beside it lies secret.txt (ROOT_SECRET), which no client may ever see.
 * - Names are relative to it; folders in them are made.
 */
#ifndef HARNESS_ROOT_H
#define HARNESS_ROOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ROOT_INDEX  "<!doctype html>\n<title>index</title>\n"
#define ROOT_HELLO  "hello\n"
#define ROOT_SECRET "this must never leave the machine\n"

/* The folder's absolute path. */
const char *root_path(void);

/* A path in it, as memory of its own. */
char *root_file_path(const char *name);

/* Writes a file, in place of an earlier one. */
void root_bytes(const char *name, const void *bytes, size_t byte_count);
void root_text(const char *name, const char *text);

/*
 * A file of this size whose every byte follows from its place and the seed, so
 * that any part of it can be checked without keeping it. All bytes occur.
 */
void root_pattern(const char *name, size_t byte_count, unsigned seed);
uint8_t root_pattern_byte(uint64_t offset, unsigned seed);
/* Are these bytes the pattern's from `offset` on? Otherwise *wrong is the
   offset of the first that is not. wrong may be NULL. */
bool root_is_pattern(const void *bytes, size_t byte_count, uint64_t offset,
                     unsigned seed, uint64_t *wrong);

/* A file of zeros that takes no room. */
void root_sparse(const char *name, off_t byte_count);

void root_folder(const char *name);
void root_fifo(const char *name);
void root_link(const char *name, const char *target); /* symbolic */
void root_mode(const char *name, mode_t mode);
void root_modified(const char *name, time_t when);
void root_truncate(const char *name, off_t byte_count);
void root_remove(const char *name);

#endif
