/*
 * site.c - the files under one root, found safely and remembered for a moment.
 */
#define _GNU_SOURCE
#include "site.h"

#include "../list.h"
#include "http.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#if __has_include(<linux/openat2.h>)
#include <linux/openat2.h>
#endif

enum {
	CACHED_PATH_MAX = 256, /* files with longer paths are not kept */
	TRIES = 16,            /* when renames get in the way */
	LINKS_MAX = 40,        /* the kernel's own limit in one path */
	DEPTH_MAX = 256,       /* folders that our walk goes down */
	/* O_NONBLOCK: a FIFO that nobody writes to shall not block us. */
	OPEN_FLAGS = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
};

/* A file, and what site.c knows of it. */
struct entry {
	struct site_file file; /* first: their addresses are the same */
	size_t users;          /* the cache is one of them */
	int64_t opened_ms;
	struct list link; /* in site->cached, or in site->unused */
	char path[CACHED_PATH_MAX];
	char content[SITE_SHORT_BYTES];
};

struct site {
	int root_fd;
	bool has_openat2;

	struct list cached; /* the last opened at its end */
	size_t cached_count;

	struct list unused; /* given back */
	size_t fresh_index; /* entries from here on have never been taken */
	size_t entry_count;
	struct entry entries[];
};

/* clang-format off */
static const struct {
	const char *ending;
	const char *type;
} types[] = {
	{"html", "text/html"}, {"htm", "text/html"}, {"css", "text/css"},
	{"js", "text/javascript"}, {"mjs", "text/javascript"},
	{"txt", "text/plain"}, {"c", "text/plain"}, {"h", "text/plain"},
	{"md", "text/markdown"}, {"csv", "text/csv"},
	{"json", "application/json"}, {"xml", "application/xml"},
	{"svg", "image/svg+xml"}, {"png", "image/png"}, {"gif", "image/gif"},
	{"webp", "image/webp"},
	{"jpg", "image/jpeg"}, {"jpeg", "image/jpeg"}, {"avif", "image/avif"},
	{"ico", "image/vnd.microsoft.icon"}, {"pdf", "application/pdf"},
	{"woff", "font/woff"}, {"woff2", "font/woff2"}, {"ttf", "font/ttf"},
	{"otf", "font/otf"}, {"wasm", "application/wasm"}, {"mp4", "video/mp4"},
	{"webm", "video/webm"}, {"mp3", "audio/mpeg"}, {"ogg", "audio/ogg"},
	{"wav", "audio/wav"}, {"zip", "application/zip"},
	{"gz", "application/gzip"}, {"tar", "application/x-tar"},
};
/* clang-format on */

static int
fail(int error)
{
	errno = error;
	return -1;
}

/*
 * The walk: from the root one name after the other, with no link ever followed
 * by the kernel. It reads a link itself and goes on with the link's text, so it
 * sees every ".." and every leading slash that there is on the way.
 *
 * Not handled: fs.protected_symlinks (proc(5)) and the mount option nosymfollow
 * forbid some links; we follow them as long as they stay inside. Whatever is
 * deeper than DEPTH_MAX, or gets longer than PATH_MAX by links, is not found.
 */
struct walk {
	int folders[DEPTH_MAX]; /* the root, and those entered since */
	size_t depth;           /* the last of them has this index */
	char *left;             /* the way still to go, the end of: */
	char way[PATH_MAX];
	int links_left;
};

enum { WALK_ON = -2 }; /* says a step: not there yet */

/* The text has to be walked first, then what was left. */
static int
walk_put_before(struct walk *walk, const char *text, size_t bytes)
{
	if (bytes == 0)
		return fail(ENOENT);
	if (text[0] == '/')
		return fail(EXDEV);
	if (bytes > (size_t)(walk->left - walk->way))
		return fail(ENAMETOOLONG);
	walk->left -= bytes;
	memcpy(walk->left, text, bytes);
	return WALK_ON;
}

/* Into a folder, or back to the one we came from: the kernel's own ".." would
   lead out if someone had moved this one meanwhile. */
static int
walk_enter(struct walk *walk, const char *name)
{
	int fd;

	if (strcmp(name, ".") == 0)
		return WALK_ON;
	if (strcmp(name, "..") == 0) {
		if (walk->depth == 0)
			return fail(EXDEV);
		close(walk->folders[walk->depth--]);
		return WALK_ON;
	}
	if (walk->depth + 1 == DEPTH_MAX)
		return fail(ENAMETOOLONG);
	fd = openat(walk->folders[walk->depth], name,
	            O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return -1;
	walk->folders[++walk->depth] = fd;
	return WALK_ON;
}

/* Takes the next name off the way. Returns the open file if it was the last,
   WALK_ON, or -1 with errno. */
static int
walk_step(struct walk *walk)
{
	int folder_fd = walk->folders[walk->depth];
	const char *name = walk->left;
	char *end = strchrnul(walk->left, '/');
	bool is_last = *end == '\0';
	char text[PATH_MAX];
	ssize_t bytes;
	int fd;

	*end = '\0';
	walk->left = is_last ? end : end + 1;
	if (*name == '\0') /* two slashes, or one at the end */
		name = ".";

	/* Is it a link? To ask, even for "..", takes the permission to search
	   the folder that we are in, which the kernel wants too. */
	bytes = readlinkat(folder_fd, name, text, sizeof(text));
	if (bytes != -1) {
		if (walk->links_left-- == 0)
			return fail(ELOOP);
		if (!is_last)
			*--walk->left = '/'; /* where it was before */
		return walk_put_before(walk, text, (size_t)bytes);
	}
	if (errno != EINVAL)
		return -1;

	if (!is_last || strcmp(name, "..") == 0)
		return walk_enter(walk, name);
	fd = openat(folder_fd, name, OPEN_FLAGS | O_NOFOLLOW);
	if (fd == -1 && errno == ELOOP)
		return fail(EAGAIN); /* now it is a link */
	return fd;
}

static int
walk_open(int root_fd, const char *path)
{
	struct walk walk;
	int fd;

	walk.folders[0] = root_fd;
	walk.depth = 0;
	walk.left = walk.way + sizeof(walk.way) - 1;
	*walk.left = '\0';
	walk.links_left = LINKS_MAX;
	fd = walk_put_before(&walk, path, strlen(path));
	while (fd == WALK_ON)
		fd = walk_step(&walk);
	while (walk.depth > 0)
		close(walk.folders[walk.depth--]);
	return fd;
}

/* The same, done by the kernel since Linux 5.6. glibc has no openat2(). */
static int
beneath_open(int root_fd, const char *path)
{
#ifdef RESOLVE_BENEATH
	struct open_how how = {
		.flags = OPEN_FLAGS,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
#else
	(void)root_fd;
	(void)path;
	return fail(ENOSYS);
#endif
}

/* Opens whatever has this path. EAGAIN: a rename, anywhere on this machine,
   coincided with a ".."; if that goes on, our walk has better chances. EINTR: a
   file system in the network, and a signal. */
static int
open_any(const struct site *site, const char *path)
{
	int fd = -1;

	for (int try = 0; try < TRIES; try++) {
		if (site->has_openat2 && try < TRIES / 2)
			fd = beneath_open(site->root_fd, path);
		else
			fd = walk_open(site->root_fd, path);
		if (fd != -1 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return fd;
}

/* What site.h promises to say, for what the kernel said. */
static int
public_error(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
	case ENAMETOOLONG:
	case ELOOP:
	case ENXIO:  /* a socket file, or */
	case ENODEV: /* a device that is not there */
		return ENOENT;
	case EACCES:
	case EPERM:
		return EACCES;
	case EXDEV:
	case EMFILE:
	case ENFILE:
		return error;
	default:
		return EIO;
	}
}

static bool
lacks_descriptors(int fd)
{
	return fd == -1 && (errno == EMFILE || errno == ENFILE);
}

static int
open_regular(struct site *site, const char *path, struct stat *st)
{
	int error;
	int fd;

	do
		fd = open_any(site, path);
	while (lacks_descriptors(fd) && site_evict(site));
	if (fd == -1)
		return fail(public_error(errno));
	if (fstat(fd, st) == -1)
		error = EIO;
	else if (S_ISREG(st->st_mode))
		return fd;
	else
		error = S_ISDIR(st->st_mode) ? EISDIR : ENOENT;
	close(fd);
	return fail(error);
}

/* An entry for one user, without a file yet. */
static struct entry *
entry_take(struct site *site)
{
	struct entry *entry;

	if (!list_is_empty(&site->unused)) {
		/* the last one given back: the processor may still cache it */
		entry = LIST_ITEM(site->unused.previous, struct entry, link);
		list_remove(&entry->link);
	} else if (site->fresh_index < site->entry_count) {
		entry = &site->entries[site->fresh_index++];
	} else { /* more are in use than site_open() was told */
		errno = ENFILE;
		return NULL;
	}
	entry->users = 1;
	entry->file = (struct site_file){.fd = -1};
	return entry;
}

/* Has one user less; without any it is free for another file. */
static void
entry_release(struct site *site, struct entry *entry)
{
	assert(entry->users > 0);
	if (--entry->users > 0)
		return;
	if (entry->file.fd != -1)
		close(entry->file.fd);
	entry->file.fd = -1;
	list_add_last(&site->unused, &entry->link);
}

static const char *
content_type(const char *path)
{
	const char *dot = strrchr(path, '.');

	if (dot != NULL && strchr(dot, '/') == NULL) {
		for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
			if (strcasecmp(dot + 1, types[i].ending) == 0)
				return types[i].type;
	}
	return "application/octet-stream";
}

static void
entry_describe(struct entry *entry, const char *path, const struct stat *st)
{
	struct site_file *file = &entry->file;
	struct http_text fields = {file->fields, sizeof(file->fields), 0,
	                           false};
	const char *type = content_type(path);
	bool is_text = strncmp(type, "text/", 5) == 0;
	char date[HTTP_DATE_BYTES];

	time_t now = time(NULL);

	/* Never later than the answer's Date: RFC 9110, 8.8.2.1. */
	file->modified = st->st_mtim.tv_sec < now ? st->st_mtim.tv_sec : now;
	http_format_date(date, file->modified);
	snprintf(file->etag, sizeof(file->etag), "\"%jx-%jx%08lx-%jx\"",
	         (uintmax_t)file->size_bytes, (uintmax_t)st->st_mtim.tv_sec,
	         (unsigned long)st->st_mtim.tv_nsec, (uintmax_t)st->st_ino);
	http_add_strings(&fields, "Last-Modified: ", date,
	                 "\r\nETag: ", file->etag, "\r\n");
	file->validator_bytes = fields.used;
	http_add_strings(&fields,
	                 "Accept-Ranges: bytes\r\nContent-Type: ", type,
	                 is_text ? "; charset=utf-8" : "", "\r\n");
	file->fields_bytes = fields.used;
	assert(!fields.is_full);
}

/* Reads a short file into the entry and closes it. If it has become shorter
   meanwhile, what is read is the file. */
static int
entry_read(struct entry *entry)
{
	struct site_file *file = &entry->file;
	off_t have = 0;

	while (have < file->size_bytes) {
		ssize_t n = pread(file->fd, entry->content + have,
		                  (size_t)(file->size_bytes - have), have);

		if (n == 0)
			break;
		if (n == -1 && errno != EINTR)
			return -1;
		if (n > 0)
			have += n;
	}
	close(file->fd);
	file->fd = -1;
	file->bytes = entry->content;
	file->size_bytes = have;
	return 0;
}

static struct entry *
entry_open(struct site *site, const char *path)
{
	struct stat st;
	struct entry *entry = entry_take(site);

	if (entry == NULL)
		return NULL;
	entry->file.fd = open_regular(site, path, &st);
	if (entry->file.fd == -1) {
		entry_release(site, entry);
		return NULL;
	}
	entry->file.size_bytes = st.st_size;
	if (st.st_size <= SITE_SHORT_BYTES && entry_read(entry) == -1) {
		entry_release(site, entry);
		errno = EIO;
		return NULL;
	}
	entry_describe(entry, path, &st);
	return entry;
}

static void
cache_remove(struct site *site, struct entry *entry)
{
	list_remove(&entry->link);
	site->cached_count--;
	entry_release(site, entry);
}

static void
cache_add(struct site *site, struct entry *entry, const char *path)
{
	size_t bytes = strlen(path) + 1;

	if (bytes > sizeof(entry->path))
		return;
	if (site->cached_count == SITE_CACHE_FILES)
		cache_remove(site,
		             LIST_ITEM(site->cached.next, struct entry, link));
	memcpy(entry->path, path, bytes);
	list_add_last(&site->cached, &entry->link);
	site->cached_count++;
	entry->users++;
}

/* The last opened first. A few dozen names are soon compared. */
static struct entry *
cache_find(struct site *site, const char *path, int64_t now_ms)
{
	struct list *at = site->cached.previous;

	for (; at != &site->cached; at = at->previous) {
		struct entry *entry = LIST_ITEM(at, struct entry, link);

		if (strcmp(entry->path, path) != 0)
			continue;
		if (now_ms - entry->opened_ms < SITE_FRESH_MS)
			return entry;
		cache_remove(site, entry);
		break;
	}
	return NULL;
}

static int64_t
clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct site *
site_open(const char *root_path, size_t file_count)
{
	struct site *site = NULL;
	size_t entry_count = file_count + SITE_CACHE_FILES;
	int probe_fd;
	int root_fd = open(root_path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root_fd == -1)
		return NULL;
	/* May we go into it at all? If not, each answer would be a 403. */
	if (faccessat(root_fd, ".", X_OK, AT_EACCESS) == -1) {
		int error = errno;
		close(root_fd);
		errno = error;
		return NULL;
	}
	if (file_count < SIZE_MAX / sizeof(struct entry) / 2)
		site = calloc(1, sizeof(*site) +
		                         entry_count * sizeof(struct entry));
	if (site == NULL) {
		close(root_fd);
		errno = ENOMEM;
		return NULL;
	}
	site->root_fd = root_fd;
	list_init(&site->cached);
	list_init(&site->unused);
	site->entry_count = entry_count;
	probe_fd = beneath_open(root_fd, ".");
	site->has_openat2 = probe_fd != -1;
	if (probe_fd != -1)
		close(probe_fd);
	tzset(); /* or the first date to be written would allocate */
	return site;
}

void
site_close(struct site *site)
{
	for (size_t i = 0; i < site->fresh_index; i++)
		if (site->entries[i].file.fd != -1)
			close(site->entries[i].file.fd);
	close(site->root_fd);
	free(site);
}

void
site_avoid_openat2(struct site *site)
{
	site->has_openat2 = false;
}

struct site_file *
site_find(struct site *site, const char *path)
{
	int64_t now_ms = clock_ms();
	struct entry *entry = cache_find(site, path, now_ms);

	if (entry != NULL) {
		entry->users++;
		return &entry->file;
	}
	entry = entry_open(site, path);
	if (entry == NULL)
		return NULL;
	entry->opened_ms = now_ms;
	cache_add(site, entry, path);
	return &entry->file;
}

struct site_file *
site_make(struct site *site)
{
	struct entry *entry = entry_take(site);

	if (entry == NULL)
		return NULL;
	do
		entry->file.fd = memfd_create("made", MFD_CLOEXEC);
	while (lacks_descriptors(entry->file.fd) && site_evict(site));
	if (entry->file.fd != -1)
		return &entry->file;
	entry_release(site, entry);
	return NULL;
}

void
site_release(struct site *site, struct site_file *file)
{
	entry_release(site, (struct entry *)file);
}

bool
site_evict(struct site *site)
{
	struct list *at = site->cached.next;

	for (; at != &site->cached; at = at->next) {
		struct entry *entry = LIST_ITEM(at, struct entry, link);

		if (entry->users == 1 && entry->file.fd != -1) {
			cache_remove(site, entry);
			return true;
		}
	}
	return false;
}
