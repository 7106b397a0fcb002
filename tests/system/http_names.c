/*
 * http_names.c - from a request's target to a file, a folder, or neither.
 */
#define _GNU_SOURCE
#include "harness/client.h"
#include "harness/graded.h"
#include "harness/root.h"
#include "harness/subject.h"
#include "http_ask.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#define CORE "1.1-1.8"

/* Fails the test unless GET of this target gets one of these statuses. */
static struct response *
expect_one_of(struct subject *server, const char *target, int status, int other)
{
	struct response *response = get_once(server, target);

	if (response->status != status && response->status != other)
		fail_test("GET %s was answered with %d; it should be %d. %s",
		          target, response->status, status,
		          client_story(response->client));
	return response;
}

CONTRACT(names_are_decoded_once, CORE,
         "A name is percent-decoded, just once; what follows a question mark "
         "is no part of it.")
{
	static const struct {
		const char *target;
		const char *body; /* NULL: there is no such file */
	} cases[] = {
		{"/a%20b.txt", "space"},
		{"/a+b.txt", "plus"},
		{"/a%2Bb.txt", "plus"},
		{"/a%2bb.txt", "plus"},
		{"/a..b.txt", "dots"},
		{"/dots..", "dots"},
		{"/100%25.txt", "percent"},
		{"/what%3F.txt", "question"},
		{"/%E6%97%A5%E6%9C%AC.txt", "UTF-8"},
		{"/%e6%97%a5%e6%9c%ac.txt", "UTF-8"},
		{"/%68%65%6c%6c%6f.txt", ROOT_HELLO},
		{"/folder/in%20it.txt", "inside"},
		{"/folder%2Fin%20it.txt", "inside"},
		{"/hello.txt?", ROOT_HELLO},
		{"/hello.txt?x=%2e%2e/..&y", ROOT_HELLO},
		{"/hello.txt?a?b", ROOT_HELLO},
		{"/?x", ROOT_INDEX},
		{"/folder/?x", "folder's index"},
		{"/%2568ello.txt", NULL},
		{"/Hello.txt", NULL},
		{"/hello.tx", NULL},
		{"/hello.txt/", NULL},
		{"/hello.txt/x", NULL},
		{"/missing/hello.txt", NULL},
		{"/a%2Fb.txt", NULL},
	};
	struct subject *server;

	root_text("a b.txt", "space");
	root_text("a+b.txt", "plus");
	root_text("a..b.txt", "dots");
	root_text("dots..", "dots");
	root_text("100%.txt", "percent");
	root_text("what?.txt", "question");
	root_text("\xe6\x97\xa5\xe6\x9c\xac.txt", "UTF-8");
	root_text("folder/in it.txt", "inside");
	root_text("folder/index.html", "folder's index");
	server = subject_start(NULL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		bool exists = cases[i].body != NULL;
		struct response *response = expect_one_of(
			server, cases[i].target, exists ? 200 : 404, 0);

		if (exists)
			expect_body(response, cases[i].body);
	}
}

CONTRACT(very_long_names_do_not_exist, CORE,
         "A name longer than any file's gets 404.")
{
	struct subject *server = subject_start(NULL);
	char target[7001];

	for (size_t length = 250; length < sizeof(target); length += 750) {
		memset(target, 'a', length);
		target[0] = '/';
		target[length] = '\0';
		expect_one_of(server, target, 404, 0);
	}
	for (size_t i = 0; i < sizeof(target) - 1; i += 2)
		memcpy(target + i, "/a", 2);
	target[sizeof(target) - 1] = '\0';
	expect_one_of(server, target, 404, 0);
}

CONTRACT(names_with_a_dot_do_not_exist, CORE,
         "What begins with a dot, a file or a folder, is never served.")
{
	static const char *const targets[] = {
		"/.hidden",        "/%2ehidden",
		"/%2Ehidden",      "/.git/config",
		"/folder/.hidden", "/folder/%2ehidden",
		"/.git/",          "/.git",
		"/.well-known/x",  "/folder//.hidden",
		"/.stats",         "/.burn?ms=1",
		"/%2e/.hidden",    "/folder%2f.hidden",
	};
	struct subject *server;

	root_text(".hidden", "hidden");
	root_text(".stats", "hidden");
	root_text(".burn", "hidden");
	root_text(".git/config", "hidden");
	root_text(".git/index.html", "hidden");
	root_text(".well-known/x", "hidden");
	root_text("folder/.hidden", "hidden");
	server = subject_start(NULL);
	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++)
		expect_one_of(server, targets[i], 404, 403);
}

/* ---- Folders ---- */

static void
expect_redirect(struct subject *server, const char *target,
                const char *location)
{
	struct response *response = expect_one_of(server, target, 301, 0);
	const char *is = response_field(response, "Location");
	size_t length = strlen(location);

	/* The query may come along. */
	if (is == NULL || strncmp(is, location, length) != 0 ||
	    (is[length] != '\0' && is[length] != '?'))
		fail_test("GET %s was answered with 301 and \"Location: %s\"; "
		          "it should be \"%s\". %s",
		          target, is == NULL ? "(none)" : is, location,
		          client_story(response->client));
	expect_field(response, "X-Injected", NULL);
}

CONTRACT(folders_end_with_a_slash, CORE,
         "A folder without its slash is redirected to the name with one, "
         "encoded anew.")
{
	struct subject *server;

	root_folder("folder/inner");
	root_folder("with space");
	root_folder("100%");
	root_folder("\xe6\x97\xa5");
	root_folder("evil.example");
	root_folder("dir\r\nX-Injected: 1");
	server = subject_start(NULL);
	expect_redirect(server, "/folder", "/folder/");
	expect_redirect(server, "/folder/inner", "/folder/inner/");
	expect_redirect(server, "/folder?x=1", "/folder/");
	expect_redirect(server, "/fol%64er", "/folder/");
	expect_redirect(server, "/with%20space", "/with%20space/");
	expect_redirect(server, "/100%25", "/100%25/");
	expect_redirect(server, "/%e6%97%a5", "/%E6%97%A5/");
	/* "//evil.example/" would be another server's root. */
	expect_redirect(server, "//evil.example", "/evil.example/");
	expect_redirect(server, "/%2Fevil.example", "/evil.example/");
}

CONTRACT(no_line_can_be_put_into_an_answer, CORE,
         "A line break in a name does not become one in an answer's head.")
{
	static const char *const targets[] = {
		"/dir%0d%0aX-Injected:%201",
		"/dir%0aX-Injected:%201",
		"/missing%0d%0aX-Injected:%201",
		"/missing%0d%0a%0d%0abody",
		"/hello.txt?%0d%0aX-Injected:%201",
		"/folder?%0d%0aX-Injected:%201",
	};
	struct subject *server;

	root_folder("folder");
	root_folder("dir\r\nX-Injected: 1");
	root_folder("dir\nX-Injected: 1");
	server = subject_start(NULL);
	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++)
		expect_field(get_once(server, targets[i]), "X-Injected", NULL);
}

CONTRACT(folders_show_their_index, CORE,
         "A folder's name with a slash gets its index.html; without one there "
         "is nothing to see.")
{
	struct subject *server;

	root_text("folder/index.html", "folder's index");
	root_folder("empty");
	root_folder("odd/index.html");
	server = subject_start(NULL);
	expect_body(expect_one_of(server, "/", 200, 0), ROOT_INDEX);
	expect_body(expect_one_of(server, "/folder/", 200, 0),
	            "folder's index");
	expect_field(get_once(server, "/folder/"), "Content-Type",
	             "text/html; charset=utf-8");
	expect_one_of(server, "/empty/", 404, 403);
	expect_one_of(server, "/odd/", 404, 403);
}

/* ---- Files that the server may not read ---- */

enum { NOBODY = 65534 };

/* May this user look into the folder? */
static bool
may_enter(uid_t user, const char *path)
{
	int fd;

	setfsuid(user); /* for this thread's open() and the like */
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	setfsuid(geteuid());
	if (fd == -1)
		return false;
	close(fd);
	return true;
}

/* root may read everything: then the server must be someone else. */
static struct subject *
start_as_nobody(void)
{
	char program[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", program, PATH_MAX - 1);

	if (geteuid() != 0)
		return subject_start(NULL);
	program[length < 0 ? 0 : length] = '\0';
	*strrchr(program, '/') = '\0';
	if (!may_enter(NOBODY, root_path()) || !may_enter(NOBODY, program))
		not_checked("the tests are run by root, and no other user may "
		            "look into their folder");
	return subject_start_with(&(struct subject_options){.user = NOBODY});
}

CONTRACT(unreadable_files_are_forbidden, CORE,
         "A file that the server may not read gets 403, and so does what is "
         "in a folder that it may not enter.")
{
	struct subject *server;

	root_text("closed.txt", "closed");
	root_mode("closed.txt", 0);
	root_text("locked/inside.txt", "closed");
	root_text("locked/index.html", "closed");
	root_mode("locked", 0);
	server = start_as_nobody();
	expect_one_of(server, "/closed.txt", 403, 0);
	expect_one_of(server, "/locked/inside.txt", 403, 0);
	expect_one_of(server, "/locked/", 403, 0);
	expect_one_of(server, "/hello.txt", 200, 0);
	root_mode("locked", 0777); /* so that it can be removed */
}
