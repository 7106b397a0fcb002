/*
 * given_site.c - tests of web/site.c, which is given: the root is a wall, what
 * is found is what is there, and nothing is left behind.
 *
 * Every promise is tested over both ways to open a file: openat2(2), and the
 * walk that takes its place where the kernel or a container has none.
 */
#define _GNU_SOURCE
#include "harness/graded.h"
#include "harness/proc.h"
#include "harness/root.h"
#include "harness/wait.h"
#include "web/site.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	NOBODY = 65534,
	FILES_IN_USE = 8, /* more than most tests hold at once */
	LONG_BYTES = SITE_SHORT_BYTES + 1,
	RACE_MS = 150,
};

static const char *way; /* the one under test, in words */

static struct site *
open_way(size_t file_count, bool is_walk)
{
	struct site *site = site_open(root_path(), file_count);

	if (site == NULL)
		fail_test("site_open(\"%s\") failed: %s.", root_path(),
		          strerror(errno));
	way = is_walk ? "after site_avoid_openat2()" : "with openat2()";
	if (is_walk)
		site_avoid_openat2(site);
	return site;
}

static void
both_ways(void (*check)(struct site *site))
{
	for (int is_walk = 0; is_walk <= 1; is_walk++) {
		struct site *site = open_way(FILES_IN_USE, is_walk);

		check(site);
		site_close(site);
	}
}

static struct site_file *
find(struct site *site, const char *path)
{
	struct site_file *file = site_find(site, path);

	if (file == NULL)
		fail_test("%s, site_find(\"%s\") failed: %s. It should have "
		          "found the file.",
		          way, path, strerror(errno));
	if ((file->bytes != NULL) != (file->size_bytes <= SITE_SHORT_BYTES) ||
	    (file->bytes != NULL) != (file->fd == -1))
		fail_test("%s, site_find(\"%s\") returned %jd bytes with fd %d "
		          "and bytes %p. Up to %d bytes should lie in memory, "
		          "more be open.",
		          way, path, (intmax_t)file->size_bytes, file->fd,
		          (const void *)file->bytes, SITE_SHORT_BYTES);
	return file;
}

/* The content, as memory of its own. */
static char *
read_all(const struct site_file *file)
{
	size_t size = (size_t)file->size_bytes;
	char *bytes = malloc(size + 1);
	ssize_t n;

	if (bytes == NULL)
		abort();
	if (file->bytes != NULL) {
		memcpy(bytes, file->bytes, size);
		return bytes;
	}
	n = pread(file->fd, bytes, size, 0);
	if (n != file->size_bytes)
		fail_test("%s, a file of %zu bytes was found, but pread() from "
		          "its descriptor returned %zd.",
		          way, size, n);
	return bytes;
}

static bool
has_bytes(const struct site_file *file, const void *bytes, size_t byte_count)
{
	char *content;
	bool is_same;

	if (file->size_bytes != (off_t)byte_count)
		return false;
	content = read_all(file);
	is_same = memcmp(content, bytes, byte_count) == 0;
	free(content);
	return is_same;
}

static void
check_bytes(const struct site_file *file, const char *path, const void *bytes,
            size_t byte_count)
{
	if (!has_bytes(file, bytes, byte_count))
		fail_test("%s, site_find(\"%s\") found %jd bytes: %s. It "
		          "should have found %zu bytes: %s.",
		          way, path, (intmax_t)file->size_bytes,
		          text_quote(read_all(file), (size_t)file->size_bytes),
		          byte_count, text_quote(bytes, byte_count));
}

static void
check_pattern(const struct site_file *file, const char *path, size_t byte_count,
              unsigned seed)
{
	char *bytes = malloc(byte_count);

	for (size_t i = 0; i < byte_count; i++)
		bytes[i] = (char)root_pattern_byte(i, seed);
	check_bytes(file, path, bytes, byte_count);
	free(bytes);
}

static void
should_find_text(struct site *site, const char *path, const char *text)
{
	struct site_file *file = find(site, path);

	check_bytes(file, path, text, strlen(text));
	site_release(site, file);
}

static void
should_find_pattern(struct site *site, const char *path, size_t byte_count,
                    unsigned seed)
{
	struct site_file *file = find(site, path);

	check_pattern(file, path, byte_count, seed);
	site_release(site, file);
}

static void
should_fail(struct site *site, const char *path, int error)
{
	struct site_file *file;

	errno = 0;
	file = site_find(site, path);
	if (file != NULL)
		fail_test("%s, site_find(\"%s\") found a file: %s. It should "
		          "have failed with %s.",
		          way, path,
		          text_quote(read_all(file), (size_t)file->size_bytes),
		          strerrorname_np(error));
	if (errno != error)
		fail_test("%s, site_find(\"%s\") failed with %s. It should "
		          "have failed with %s.",
		          way, path, strerrorname_np(errno),
		          strerrorname_np(error));
}

/* Is this what is found now? For waiting until a change is seen. */
static bool
finds_text(struct site *site, const char *path, const char *text)
{
	struct site_file *file = site_find(site, path);
	bool is_same;

	if (file == NULL)
		return false;
	is_same = has_bytes(file, text, strlen(text));
	site_release(site, file);
	return is_same;
}

static bool
finds_error(struct site *site, const char *path, int error)
{
	struct site_file *file = site_find(site, path);

	if (file != NULL)
		site_release(site, file);
	return file == NULL && errno == error;
}

/* A file takes the place of another, or of none, in one instant. */
static void
put_in_place(const char *name, const char *text)
{
	root_text("new.tmp", text);
	if (rename(root_file_path("new.tmp"), root_file_path(name)) == -1)
		fail_test("rename() to %s: %s", name, strerror(errno));
}

static void
check_plain_files(struct site *site)
{
	should_find_text(site, "hello.txt", ROOT_HELLO);
	should_find_text(site, "one/two/three.txt", "three\n");
	should_find_text(site, "a b \xe4\xbd\xa0\xe5\xa5\xbd.txt", "blank\n");
	should_find_text(site, "a..b", "dots\n");
	should_find_text(site, "empty", "");
	should_find_pattern(site, "4095", 4095, 1);
	should_find_pattern(site, "4096", 4096, 2);
	should_find_pattern(site, "4097", 4097, 3);
	should_find_pattern(site, "large", 300000, 4);
	for (int i = 0; i < 3; i++) { /* from the cache, too */
		struct site_file *file = find(site, "binary");

		check_bytes(file, "binary", "a\0b\0\0\xff", 6);
		site_release(site, file);
	}
	should_fail(site, "missing", ENOENT);
	should_fail(site, "one/missing/three.txt", ENOENT);
	should_fail(site, "hello.txt/more", ENOENT);
}

GIVEN(site_finds_files, "Files of any size and content are found as they are.")
{
	root_text("one/two/three.txt", "three\n");
	root_text("a b \xe4\xbd\xa0\xe5\xa5\xbd.txt", "blank\n");
	root_text("a..b", "dots\n");
	root_text("empty", "");
	root_pattern("4095", 4095, 1);
	root_pattern("4096", 4096, 2);
	root_pattern("4097", 4097, 3);
	root_pattern("large", 300000, 4);
	root_bytes("binary", "a\0b\0\0\xff", 6);
	both_ways(check_plain_files);
}

static void
check_links_inside(struct site *site)
{
	should_find_text(site, "same", ROOT_HELLO);
	should_find_text(site, "down", "three\n");
	should_find_text(site, "one/up", ROOT_HELLO);
	should_find_text(site, "one/two/across", "four\n");
	should_find_text(site, "folder/two/three.txt", "three\n");
	should_find_text(site, "folder/up", ROOT_HELLO);
	should_find_text(site, "folder/two/across", "four\n");
	should_find_text(site, "slashes", "three\n");
	should_find_text(site, "around", "three\n");
	should_find_text(site, "chain39", ROOT_HELLO);
	should_fail(site, "here", EISDIR);
	should_fail(site, "one/root", EISDIR);
	should_find_text(site, "one/root/one/root/hello.txt", ROOT_HELLO);
}

GIVEN(site_follows_links_inside, "Links that stay below the root are followed.")
{
	root_text("one/two/three.txt", "three\n");
	root_text("1/four.txt", "four\n");
	root_link("same", "hello.txt");
	root_link("down", "one/two/three.txt");
	root_link("one/up", "../hello.txt");
	root_link("one/two/across", "../../1/four.txt");
	root_link("folder", "one");
	root_link("here", ".");
	root_link("one/root", "..");
	root_link("slashes", "./one/.//two/./three.txt");
	root_link("around", "one/two/../../one/root/folder/two/three.txt");
	root_link("chain0", "hello.txt");
	for (int i = 1; i < 40; i++)
		root_link(text_print("chain%d", i),
		          text_print("chain%d", i - 1));
	both_ways(check_links_inside);
}

static void
check_links_outside(struct site *site)
{
	should_fail(site, "up", EXDEV);
	should_fail(site, "one/up", EXDEV);
	should_fail(site, "by-chain", EXDEV);
	should_fail(site, "folder/secret.txt", EXDEV);
	should_fail(site, "folder", EXDEV);
	should_fail(site, "absolute", EXDEV);
	should_fail(site, "to-absolute/passwd", EXDEV);
	should_fail(site, "back/hello.txt", EXDEV);
	should_fail(site, "out-and-in", EXDEV);
	should_fail(site, "twin", EXDEV);
	should_fail(site, "twin-folder/token", EXDEV);
	should_fail(site, "proc-root/etc/passwd", EXDEV);
	should_fail(site, "proc-cwd", EXDEV);
	should_fail(site, "proc-fd/0", EXDEV);
	should_fail(site, "proc-up/etc/passwd", EXDEV);
	/* What a careless caller might hand over leads nowhere, too. */
	should_fail(site, "../secret.txt", EXDEV);
	should_fail(site, "one/../../secret.txt", EXDEV);
	should_fail(site, "../www-secret/token", EXDEV);
	should_fail(site, "/etc/passwd", EXDEV);
}

GIVEN(site_refuses_links_outside,
      "No link leads out of the root: not by \"..\", not by an absolute path, "
      "not through /proc.")
{
	root_text("../www-secret/token", ROOT_SECRET);
	root_link("up", "../secret.txt");
	root_link("one/up", "../../secret.txt");
	root_link("by-chain", "one/up");
	root_link("folder", "..");
	root_link("absolute", "/etc/passwd");
	root_link("to-absolute", "/etc");
	root_link("back", root_path()); /* inside, but by way of "/" */
	root_link("out-and-in", "../www/hello.txt");
	root_link("twin", "../www-secret/token");
	root_link("twin-folder", "../www-secret");
	root_link("proc-root", "/proc/self/root");
	root_link("proc-cwd", "/proc/self/cwd");
	root_link("proc-fd", "/proc/self/fd");
	root_link("proc-up", "../../../../../../../../../proc/self/root");
	both_ways(check_links_outside);
}

static void
check_broken_links(struct site *site)
{
	should_fail(site, "self", ENOENT);
	should_fail(site, "ping", ENOENT);
	should_fail(site, "ping/more", ENOENT);
	should_fail(site, "dangling", ENOENT);
	should_fail(site, "through-nothing", ENOENT);
	should_fail(site, "through-file", ENOENT);
	should_fail(site, "file-with-slash", ENOENT);
	should_fail(site, "chain40", ENOENT);
	should_fail(site, "growing", ENOENT);
}

GIVEN(site_bad_links_lead_nowhere,
      "A link that leads nowhere, or in circles, is no file.")
{
	root_link("self", "self");
	root_link("ping", "pong");
	root_link("pong", "ping");
	root_link("dangling", "missing");
	root_link("through-nothing", "missing/../hello.txt");
	root_link("through-file", "hello.txt/../hello.txt");
	root_link("file-with-slash", "hello.txt/");
	root_link("growing", "growing/growing/growing");
	root_link("chain0", "hello.txt");
	for (int i = 1; i <= 40; i++)
		root_link(text_print("chain%d", i),
		          text_print("chain%d", i - 1));
	both_ways(check_broken_links);
}

/* A FIFO that nobody writes to: if open() blocks, SIGALRM ends the test. */
static void
make_fifo(const char *name)
{
	root_fifo(name);
	alarm((unsigned)(WAIT_GIVE_UP_MS / 1000 * wait_patience()));
}

static void
make_socket(const char *name)
{
	if (mknod(root_file_path(name), S_IFSOCK | 0666, 0) == -1)
		fail_test("mknod() of a socket: %s", strerror(errno));
}

static void
check_special_files(struct site *site)
{
	should_fail(site, "fifo", ENOENT);
	should_fail(site, "to-fifo", ENOENT);
	should_fail(site, "fifo/more", ENOENT);
	should_fail(site, "socket", ENOENT);
	should_fail(site, "folder", EISDIR);
	should_fail(site, "to-folder", EISDIR);
}

GIVEN(site_serves_regular_files_only,
      "FIFOs, sockets and folders are not served, and block nothing.")
{
	make_fifo("fifo");
	root_link("to-fifo", "fifo");
	make_socket("socket");
	root_folder("folder");
	root_link("to-folder", "folder/");
	both_ways(check_special_files);
}

static void
check_permissions(struct site *site)
{
	bool is_root = geteuid() == 0;

	if (is_root && seteuid(NOBODY) == -1)
		fail_test("seteuid(): %s", strerror(errno));
	should_fail(site, "unreadable", EACCES);
	should_fail(site, "to-unreadable", EACCES);
	should_fail(site, "closed", EACCES);
	should_fail(site, "closed/file", EACCES);
	should_fail(site, "closed/missing", EACCES);
	should_fail(site, "through-closed", EACCES);
	should_fail(site, "listed/file", EACCES);
	should_fail(site, "listed", EISDIR);
	should_find_text(site, "hello.txt", ROOT_HELLO);
	should_find_text(site, "unlisted/file", "found\n");
	should_fail(site, "unlisted", EACCES);
	if (is_root && seteuid(0) == -1)
		fail_test("seteuid(): %s", strerror(errno));
}

GIVEN(site_respects_permissions, "What may not be read is not found: EACCES.")
{
	root_text("unreadable", ROOT_SECRET);
	root_link("to-unreadable", "unreadable");
	root_text("closed/file", ROOT_SECRET);
	root_link("through-closed", "closed/../hello.txt");
	root_text("listed/file", ROOT_SECRET);
	root_text("unlisted/file", "found\n");
	root_mode("", 0755);
	root_mode("hello.txt", 0644);
	root_mode("unreadable", 0);
	root_mode("closed", 0);
	root_mode("listed", 0444);
	root_mode("unlisted", 0111);
	root_mode("unlisted/file", 0644);
	both_ways(check_permissions);
	root_mode("closed", 0755); /* so that it can be removed */
	root_mode("listed", 0755);
	root_mode("unlisted", 0755);
}

/* `count` times the text. */
static char *
repeat(const char *text, int count)
{
	char *all = text_print("%s", "");

	for (int i = 0; i < count; i++)
		all = text_print("%s%s", all, text);
	return all;
}

static void
check_long_names(struct site *site)
{
	char *folder = repeat("x", 200);

	should_find_text(site, repeat("n", 255), "long name\n");
	should_fail(site, repeat("n", 256), ENOENT);
	should_fail(site, repeat("n", 5000), ENOENT);
	should_fail(site, repeat("n/", 3000), ENOENT);
	for (int i = 0; i < 2; i++) {
		should_find_text(site,
		                 text_print("%s/%s/one.txt", folder, folder),
		                 "one\n");
		should_find_text(site,
		                 text_print("%s/%s/two.txt", folder, folder),
		                 "two\n");
	}
	should_find_text(site, text_print("%sx.txt", repeat("d/", 100)),
	                 "deep\n");
}

GIVEN(site_takes_long_names, "Long names work; those too long are no files.")
{
	char *folder = repeat("x", 200);

	root_text(repeat("n", 255), "long name\n");
	root_text(text_print("%s/%s/one.txt", folder, folder), "one\n");
	root_text(text_print("%s/%s/two.txt", folder, folder), "two\n");
	root_text(text_print("%sx.txt", repeat("d/", 100)), "deep\n");
	both_ways(check_long_names);
}

static void
check_changes(struct site *site)
{
	put_in_place("page", "first\n");
	root_text("shrinks", "a long text\n");
	WAIT_UNTIL(finds_text(site, "page", "first\n"),
	           "%s, a new file was not found.", way);
	should_find_text(site, "shrinks", "a long text\n");
	put_in_place("page", "second\n");
	WAIT_UNTIL(finds_text(site, "page", "second\n"),
	           "%s, a file was replaced, but site_find() went on to return "
	           "the old one. It should do so for %d ms at most.",
	           way, SITE_FRESH_MS);
	root_truncate("shrinks", 3);
	WAIT_UNTIL(finds_text(site, "shrinks", "a l"),
	           "%s, a file was made shorter, but site_find() went on to "
	           "return the old content. It should do so for %d ms at most.",
	           way, SITE_FRESH_MS);
	root_remove("page");
	WAIT_UNTIL(finds_error(site, "page", ENOENT),
	           "%s, a file was removed, but site_find() went on to return "
	           "it. It should do so for %d ms at most.",
	           way, SITE_FRESH_MS);
	root_link("page", "../secret.txt");
	should_fail(site, "page", EXDEV);
	root_remove("page");
}

GIVEN(site_sees_changes,
      "A file that is replaced, shortened or removed is soon seen so.")
{
	both_ways(check_changes);
}

/* Did the second of two finds give what the first gave, within freshness? */
static bool
is_shared(struct site *site, const char *path)
{
	for (;;) {
		int64_t begin_ms = wait_now_ms();
		struct site_file *first = find(site, path);
		struct site_file *second = find(site, path);
		bool is_same = first == second;

		site_release(site, first);
		site_release(site, second);
		if (is_same || wait_now_ms() - begin_ms < SITE_FRESH_MS / 2)
			return is_same;
	}
}

static void
check_sharing(struct site *site)
{
	if (!is_shared(site, "hello.txt") || !is_shared(site, "long"))
		fail_test("%s, two clients asked for the same file within "
		          "%d ms, and it was opened twice.",
		          way, SITE_FRESH_MS / 2);
}

GIVEN(site_opens_a_busy_file_once, "Clients of the same moment share a file.")
{
	root_pattern("long", LONG_BYTES, 1);
	both_ways(check_sharing);
}

static void
check_held_file(struct site *site)
{
	struct site_file *old, *new;
	size_t fd_count;
	bool is_new;

	root_pattern("a.tmp", LONG_BYTES, 1);
	rename(root_file_path("a.tmp"), root_file_path("long"));
	old = find(site, "long");
	root_pattern("a.tmp", LONG_BYTES, 2);
	rename(root_file_path("a.tmp"), root_file_path("long"));
	is_new = WAIT_FOR((new = find(site, "long")) != old ||
	                  (site_release(site, new), false));
	if (!is_new)
		fail_test("%s, a held file was replaced, and the new one was "
		          "never found.",
		          way);
	check_pattern(old, "long", LONG_BYTES, 1);
	check_pattern(new, "long", LONG_BYTES, 2);
	if (strcmp(old->etag, new->etag) == 0)
		fail_test("%s, a file was replaced by one of the same size. "
		          "Both have the ETag %s.",
		          way, new->etag);
	fd_count = proc_fd_count(getpid());
	site_release(site, old);
	if (proc_fd_count(getpid()) != fd_count - 1)
		fail_test("%s, the last user of a file that had left the cache "
		          "released it. Its descriptor is still open.",
		          way);
	check_pattern(new, "long", LONG_BYTES, 2);
	site_release(site, new);
}

GIVEN(site_keeps_a_held_file,
      "Who holds a file can read it to its end whatever becomes of its name; "
      "then it is closed.")
{
	both_ways(check_held_file);
}

static void
check_evicting(struct site *site)
{
	struct site_file *held = find(site, "long");

	should_find_text(site, "hello.txt", ROOT_HELLO); /* has none */
	if (site_evict(site))
		fail_test("%s, site_evict() said that a descriptor was freed. "
		          "The only one was in use.",
		          way);
	site_release(site, held);
	if (!site_evict(site))
		fail_test("%s, site_evict() said that no descriptor was freed. "
		          "One of a released file could have been.",
		          way);
	if (site_evict(site))
		fail_test("%s, site_evict() said that a descriptor was freed. "
		          "There was none any more.",
		          way);
}

GIVEN(site_evict_frees_a_descriptor,
      "site_evict() closes a file that nobody uses, or says that none is.")
{
	root_pattern("long", LONG_BYTES, 1);
	both_ways(check_evicting);
}

enum { MANY = 200, HELD = 100 };

static void
check_many_files(struct site *site)
{
	size_t fd_count = proc_fd_count(getpid());
	struct site_file *held[HELD];

	for (unsigned i = 0; i < HELD; i++)
		held[i] = find(site, text_print("long%u", i));
	for (unsigned i = 0; i < HELD; i++) {
		check_pattern(held[i], "long", LONG_BYTES, i);
		site_release(site, held[i]);
	}
	for (unsigned i = 0; i < MANY; i++) {
		should_find_pattern(site, text_print("long%u", i), LONG_BYTES,
		                    i);
		should_find_pattern(site, text_print("short%u", i), 100, i);
	}
	for (unsigned i = MANY; i-- > 0;)
		should_find_pattern(site, text_print("short%u", i), 100, i);
	if (proc_fd_count(getpid()) > fd_count + SITE_CACHE_FILES)
		fail_test("%s, %d files were found and released. %zu of their "
		          "descriptors are open. It should be %d at most.",
		          way, MANY, proc_fd_count(getpid()) - fd_count,
		          SITE_CACHE_FILES);
}

GIVEN(site_knows_many_files, "More files than the cache holds: each is right.")
{
	for (unsigned i = 0; i < MANY; i++) {
		root_pattern(text_print("long%u", i), LONG_BYTES, i);
		root_pattern(text_print("short%u", i), 100, i);
	}
	for (int is_walk = 0; is_walk <= 1; is_walk++) {
		struct site *site = open_way(HELD, is_walk);

		check_many_files(site);
		site_close(site);
	}
}

enum { FD_LIMIT = 256 };

/* Uses up all descriptors there are; returns how many it took. */
static int
fill_descriptors(int fds[FD_LIMIT])
{
	struct rlimit limit;
	int count = 0;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = FD_LIMIT;
	setrlimit(RLIMIT_NOFILE, &limit);
	while (count < FD_LIMIT && (fds[count] = dup(STDERR_FILENO)) != -1)
		count++;
	return count;
}

/* With no descriptor but the cache's: hands one file after the other out, and
   says so when there is none any more. */
static void
check_full(struct site *site)
{
	struct site_file *held[FILES_IN_USE];
	unsigned count = 0;

	should_find_pattern(site, "deep/er/still", LONG_BYTES, 9);
	while (count < FILES_IN_USE &&
	       (held[count] = site_find(site, text_print("long%u", count))))
		count++;
	if (count == 0 || count == FILES_IN_USE || errno != EMFILE)
		fail_test("%s, no descriptor was left but some of idle files. "
		          "%u files could be held, then site_find() said %s. "
		          "It should have said EMFILE after some.",
		          way, count, strerrorname_np(errno));
	should_fail(site, "hello.txt", EMFILE);
	if (site_make(site) != NULL || errno != EMFILE)
		fail_test("%s, no descriptor was left. site_make() should "
		          "have said EMFILE.",
		          way);
	for (unsigned i = 0; i < count; i++)
		check_pattern(held[i], "long", LONG_BYTES, i);
	site_release(site, held[0]);
	should_find_text(site, "hello.txt", ROOT_HELLO);
	should_find_pattern(site, "long7", LONG_BYTES, 7);
	for (unsigned i = 1; i < count; i++)
		site_release(site, held[i]);
	while (site_evict(site))
		continue;
}

static void
check_no_descriptors(struct site *site)
{
	size_t fd_count = proc_fd_count(getpid());
	int fds[FD_LIMIT];
	int count;

	for (unsigned i = 0; i < 5; i++)
		should_find_pattern(site, text_print("long%u", i), LONG_BYTES,
		                    i);
	count = fill_descriptors(fds);
	check_full(site);
	while (count > 0)
		close(fds[--count]);
	if (proc_fd_count(getpid()) != fd_count)
		fail_test("%s, %zu descriptors were open in the beginning, and "
		          "%zu are when all files are released and evicted.",
		          way, fd_count, proc_fd_count(getpid()));
	should_find_pattern(site, "deep/er/still", LONG_BYTES, 9);
}

GIVEN(site_gets_by_without_descriptors,
      "With no descriptor left, idle files make room; then it is EMFILE, and "
      "all is well again when there are some.")
{
	root_pattern("deep/er/still", LONG_BYTES, 9);
	for (unsigned i = 0; i < FILES_IN_USE; i++)
		root_pattern(text_print("long%u", i), LONG_BYTES, i);
	both_ways(check_no_descriptors);
}

static const char *const all_kinds[] = {
	"hello.txt", "long",     "folder/long", "to-folder/long",
	"missing",   "folder",   "to-out",      "to-absolute",
	"loop",      "fifo",     "socket",      "unreadable",
	"long/more", "dangling", "up-and-down",
};

static void
make_all_kinds(void)
{
	root_pattern("long", LONG_BYTES, 1);
	root_pattern("folder/long", LONG_BYTES, 2);
	root_link("to-folder", "folder");
	root_link("to-out", "folder/../../secret.txt");
	root_link("to-absolute", "/etc/passwd");
	root_link("loop", "folder/../loop");
	root_link("dangling", "folder/../missing");
	root_link("up-and-down", "folder/../folder/long");
	make_fifo("fifo");
	make_socket("socket");
	root_text("unreadable", ROOT_SECRET);
	root_mode("unreadable", 0);
}

static void
find_all_kinds(struct site *site, int times)
{
	enum { KINDS = sizeof(all_kinds) / sizeof(all_kinds[0]) };

	for (int i = 0; i < times * KINDS; i++) {
		struct site_file *file = site_find(site, all_kinds[i % KINDS]);

		if (file != NULL)
			site_release(site, file);
		if (i % 8 == 0)
			site_evict(site);
	}
}

GIVEN(site_leaks_nothing, "After thousands of finds no descriptor is left.")
{
	make_all_kinds();
	for (int is_walk = 0; is_walk <= 1; is_walk++) {
		size_t fd_count = proc_fd_count(getpid());
		struct site *site = open_way(FILES_IN_USE, is_walk);

		find_all_kinds(site, 1000);
		site_close(site);
		if (proc_fd_count(getpid()) != fd_count)
			fail_test("%s, %zu descriptors were open before "
			          "site_open(), and %zu after site_close().",
			          way, fd_count, proc_fd_count(getpid()));
	}
}

#ifdef __GLIBC__
static void
check_allocations(struct site *site)
{
	struct mallinfo2 before = mallinfo2();
	struct mallinfo2 after;

	find_all_kinds(site, 100);
	after = mallinfo2();
	if (after.uordblks != before.uordblks || after.arena != before.arena)
		fail_test("%s, %zu bytes were allocated of %zu before, and %zu "
		          "of %zu after hundreds of finds. Nothing should have "
		          "been allocated.",
		          way, before.uordblks, before.arena, after.uordblks,
		          after.arena);
}

GIVEN(site_allocates_nothing, "After site_open() nothing is allocated.")
{
	make_all_kinds();
	both_ways(check_allocations);
}
#endif

/* Both names exist. One takes the other's place, again and again, until the
   process is killed. */
static pid_t
start_exchanging(const char *one, const char *other)
{
	pid_t test = getpid();
	pid_t pid;

	if (renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE) == -1)
		not_checked("This file system cannot exchange two names: %s.",
		            strerror(errno));
	pid = fork();
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == test)
		renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE);
	_exit(0);
}

/* Finds the path, each time with an empty cache, while the names change places.
   Whatever comes, it is never the secret. */
static void
race(const char *path, const char *one, const char *other)
{
	size_t fd_count = proc_fd_count(getpid());
	pid_t pid =
		start_exchanging(root_file_path(one), root_file_path(other));
	int64_t end_ms = wait_now_ms() + 2 * RACE_MS;

	for (int i = 0; wait_now_ms() < end_ms; i++) {
		struct site *site = open_way(1, i % 2);
		struct site_file *file = site_find(site, path);

		if (file != NULL &&
		    has_bytes(file, ROOT_SECRET, strlen(ROOT_SECRET))) {
			kill(pid, SIGKILL);
			fail_test("%s, while \"%s\" and \"%s\" changed places, "
			          "site_find(\"%s\") found the secret outside "
			          "the root.",
			          way, one, other, path);
		}
		if (file != NULL)
			site_release(site, file);
		site_close(site);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (proc_fd_count(getpid()) != fd_count)
		fail_test("After finds of \"%s\" during renames, %zu "
		          "descriptors are open; before it were %zu.",
		          path, proc_fd_count(getpid()), fd_count);
}

GIVEN(site_cannot_be_raced, "Renaming at the right moment leads nowhere.")
{
	/* a folder, and a link out of the root */
	root_text("door/secret.txt", "inside\n");
	root_link("trap", "..");
	race("door/secret.txt", "door", "trap");

	/* a file, and a link to the secret */
	root_text("file", "inside\n");
	root_link("link", "../secret.txt");
	race("file", "file", "link");

	/* a folder that moves up while someone is in it, on the way to ".." */
	root_link("a/b/up", "../../secret.txt");
	root_folder("c");
	race("a/b/up", "a/b", "c");
}

static void
should_say(struct site *site, const char *path, const char *line)
{
	struct site_file *file = find(site, path);

	if (strlen(file->fields) != file->fields_bytes ||
	    strstr(file->fields, line) == NULL)
		fail_test("%s, the %zu bytes of fields of \"%s\" are %s. %s "
		          "should be among them.",
		          way, file->fields_bytes, path,
		          text_quote(file->fields, strlen(file->fields)),
		          text_quote(line, strlen(line)));
	site_release(site, file);
}

static void
check_fields(struct site *site)
{
	struct site_file *file = find(site, "hello.txt");
	char *etag = text_print("ETag: %s\r\n", file->etag);
	size_t etag_bytes = strlen(file->etag);

	if (file->modified != 784111777)
		fail_test("%s, \"hello.txt\" was modified at 784111777. "
		          "site_find() says %jd.",
		          way, (intmax_t)file->modified);
	if (etag_bytes < 3 || file->etag[0] != '"' ||
	    file->etag[etag_bytes - 1] != '"')
		fail_test("%s, the ETag of \"hello.txt\" is %s: it should be "
		          "something in quotes.",
		          way, file->etag);
	site_release(site, file);
	should_say(site, "hello.txt", etag);
	should_say(site, "hello.txt",
	           "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
	should_say(site, "hello.txt", "Accept-Ranges: bytes\r\n");
	should_say(site, "hello.txt",
	           "Content-Type: text/plain; charset=utf-8\r\n");
	should_say(site, "index.html",
	           "Content-Type: text/html; charset=utf-8\r\n");
	should_say(site, "A.PNG", "Content-Type: image/png\r\n");
	should_say(site, "a.tar.gz", "Content-Type: application/gzip\r\n");
	should_say(site, "b.js/none",
	           "Content-Type: application/octet-stream\r\n");
	should_say(site, "end.", "Content-Type: application/octet-stream\r\n");
}

GIVEN(site_describes_files,
      "The fields say the type, the ETag, and the time in GMT wherever we are.")
{
	setenv("TZ", "Asia/Tokyo", 1);
	tzset();
	root_modified("hello.txt", 784111777);
	root_text("A.PNG", "");
	root_text("a.tar.gz", "");
	root_text("b.js/none", "");
	root_text("end.", "");
	both_ways(check_fields);
}

static void
check_made_file(struct site *site)
{
	size_t fd_count = proc_fd_count(getpid());
	struct site_file *file = site_make(site);
	char back[6] = "";

	if (file == NULL)
		fail_test("%s, site_make() failed: %s.", way, strerror(errno));
	if (file->fd == -1 || file->bytes != NULL || file->size_bytes != 0 ||
	    file->fields_bytes != 0)
		fail_test("%s, site_make() returned fd %d, bytes %p, %jd bytes "
		          "long, %zu bytes of fields. It should be an empty "
		          "file with a descriptor.",
		          way, file->fd, (const void *)file->bytes,
		          (intmax_t)file->size_bytes, file->fields_bytes);
	if (write(file->fd, "body\n", 5) != 5 ||
	    pread(file->fd, back, 5, 0) != 5 || strcmp(back, "body\n") != 0)
		fail_test("%s, what was written to the file of site_make() "
		          "could not be read back.",
		          way);
	site_release(site, file);
	if (proc_fd_count(getpid()) != fd_count)
		fail_test("%s, a file of site_make() was released and is still "
		          "open.",
		          way);
}

GIVEN(site_makes_nameless_files,
      "A made file is empty, and gone when released.")
{
	both_ways(check_made_file);
}

static void
should_not_open(const char *path, int error)
{
	size_t fd_count = proc_fd_count(getpid());
	struct site *site = site_open(path, 1);

	if (site != NULL)
		fail_test("site_open(\"%s\") succeeded. It should have failed "
		          "with %s.",
		          path, strerrorname_np(error));
	if (errno != error)
		fail_test("site_open(\"%s\") failed with %s. It should have "
		          "been %s.",
		          path, strerrorname_np(errno), strerrorname_np(error));
	if (proc_fd_count(getpid()) != fd_count)
		fail_test(
			"site_open(\"%s\") failed and left a descriptor open.",
			path);
}

GIVEN(site_open_needs_a_folder,
      "Without a folder site_open() says what the kernel said.")
{
	should_not_open(root_file_path("missing"), ENOENT);
	should_not_open(root_file_path("hello.txt"), ENOTDIR);
	should_not_open(root_file_path("hello.txt/more"), ENOTDIR);
	if (site_open(root_path(), SIZE_MAX / 2) != NULL || errno != ENOMEM)
		fail_test("site_open() with room for SIZE_MAX / 2 files "
		          "should have failed with ENOMEM.");
}
