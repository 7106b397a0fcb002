/*
 * site.h - the files under one root, found safely and remembered for a moment.
 *
 * - The root is a wall: no name leads out of it, by "..", by a symbolic link or
 *   by /proc. openat2(2) with RESOLVE_BENEATH and RESOLVE_NO_MAGICLINKS sees to
 *   it; where that fails (probed once, in site_open()) a walk of our own does,
 *   component by component. Links that stay inside are followed by both.
 * - Only regular files are opened for good; a FIFO does not block us.
 * - A found file is kept for SITE_FRESH_MS: a busy file is opened some ten
 *   times a second instead of once a request, and a change is seen at once by
 *   anyone with eyes. Short files stay in memory, long ones as a descriptor.
 * - Nothing is allocated after site_open().
 */
#ifndef SITE_H
#define SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

enum {
	SITE_FRESH_MS = 100,
	SITE_CACHE_FILES = 64,   /* so many descriptors at most lie idle */
	SITE_SHORT_BYTES = 4096, /* files up to this size are kept in memory */
	SITE_FIELDS_MAX = 320,
};

/* An open file. Whoever holds one gives it back with site_release(). The
   members down to `fields` are for reading; the rest is site.c's. */
struct site_file {
	int fd;            /* open for reading; -1 if `bytes` is all of it */
	const char *bytes; /* the content of a short file, or NULL */
	off_t size_bytes;  /* fstat(2) of this descriptor said so */
	time_t modified;
	char etag[64];       /* strong, with its quotes */
	size_t fields_bytes; /* the field lines that never change for it: */
	char fields[SITE_FIELDS_MAX]; /* Last-Modified, ETag, Accept-Ranges,
	                                 Content-Type; each with CR LF */
	size_t validator_bytes;       /* the first two, which a 304 has too */
};

struct site;

/*
 * Opens the folder root_path and makes room for file_count files in use at once
 * besides the cache. Returns NULL with errno.
 */
struct site *site_open(const char *root_path, size_t file_count);

void site_close(struct site *site);

/* Walk by ourselves from now on, as if the kernel had no openat2(): tests. */
void site_avoid_openat2(struct site *site);

/*
 * Finds a file. `path` is relative to the root, decoded, without a leading
 * slash, without empty components, and no component begins with a dot. Returns
 * it, or NULL with errno: ENOENT (also for what is no regular file, or a name
 * too long), EACCES (no permission), EXDEV (it would lead out), EISDIR (a
 * folder), EMFILE or ENFILE (no descriptor left, although idle ones of the
 * cache were closed; or more than file_count files are held), or EIO.
 */
struct site_file *site_find(struct site *site, const char *path);

/*
 * A file of our own making that has no name, for a body that does not fit
 * elsewhere: a memfd with `fd` still to be written, and no fields. Returns NULL
 * with errno.
 */
struct site_file *site_make(struct site *site);

void site_release(struct site *site, struct site_file *file);

/* Closes one file of the cache that nobody uses, so that there is a descriptor
   again. Says whether there was one. */
bool site_evict(struct site *site);

#endif
