/*
 * http_root.c - the root is a wall: nothing from outside it is served, and
 * nothing inside it that is no regular file.
 *
 * Beside the root lie files that hold ROOT_SECRET. Whatever is asked, these
 * words must never come. The same requests are made of a server that has no
 * openat2(2), as in an old kernel or in some containers.
 */
#define _GNU_SOURCE
#include "harness/client.h"
#include "harness/deny.h"
#include "harness/graded.h"
#include "harness/proc.h"
#include "harness/root.h"
#include "harness/subject.h"
#include "harness/wait.h"
#include "http_ask.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_openat2
#define SYS_openat2 437 /* the same on all machines */
#endif

#define CORE "1.1-1.8"

/* From here on this test, and what it starts, lives with a kernel that has
   never heard of openat2(). */
static void
take_openat2_away(void)
{
	if (!deny_call(SYS_openat2, ENOSYS))
		not_checked("seccomp(2) is not allowed here: %s",
		            strerror(errno));
	if (syscall(SYS_openat2, AT_FDCWD, ".", NULL, 0) != -1 ||
	    errno != ENOSYS)
		not_checked("seccomp(2) has no effect here");
}

/* ---- Ways out ---- */

/* Writes the secret to a file beside the root; "%s/..." of scratch_path(). */
static void
write_secret(const char *path)
{
	FILE *file = fopen(path, "we");

	if (file == NULL || fputs(ROOT_SECRET, file) == EOF ||
	    fclose(file) == EOF)
		fail_test("%s: the test itself is broken", path);
}

static void
make_ways_out(void)
{
	const char *outside = scratch_path();
	char *sibling = text_print("%s-secret", root_path());

	mkdir(sibling, 0777);
	write_secret(text_print("%s/secret.txt", sibling));
	root_folder("folder");
	root_link("out.txt", "../secret.txt");
	root_link("chain.txt", "out.txt");
	root_link("folder/out.txt", "../../secret.txt");
	root_link("folder/chain.txt", "../out.txt");
	root_link("out-folder", "..");
	root_link("deep", "folder/../..");
	root_link("sibling", "../www-secret");
	root_link("absolute.txt", text_print("%s/secret.txt", outside));
	root_link("absolute", outside);
	root_link("process", "/proc/self");
	root_link("process-cwd", "/proc/self/cwd");
	root_link("process-up",
	          "../../../../../../../../../../../../../../../../../../"
	          "../../../../../../../../../../../proc/self/cwd");
}

static const char *const ways_out[] = {
	"/../secret.txt",
	"/%2e%2e/secret.txt",
	"/%2E%2e/secret.txt",
	"/.%2e/secret.txt",
	"/..%2fsecret.txt",
	"/%2e%2e%2fsecret.txt",
	"/%252e%252e/secret.txt",
	"/%252e%252e%252fsecret.txt",
	"/..%5csecret.txt",
	"/..\\secret.txt",
	"/%c0%ae%c0%ae/secret.txt",
	"/..;/secret.txt",
	"/./../secret.txt",
	"//../secret.txt",
	"/..//secret.txt",
	"/folder/../../secret.txt",
	"/folder/%2e%2e/%2e%2e/secret.txt",
	"/folder/..%2f..%2fsecret.txt",
	"/folder%2f..%2f..%2fsecret.txt",
	"/hello.txt/../../secret.txt",
	"/missing/../../secret.txt",
	"/../www/../secret.txt",
	"/../www-secret/secret.txt",
	"/%2e%2e/www-secret/secret.txt",
	"/../secret.txt?x",
	"/..%00/secret.txt",
	"../secret.txt",
	"secret.txt",
	"..",
	"http://test/../secret.txt",
	"http://test/%2e%2e/secret.txt",
	"file:///etc/passwd",
	"//etc/passwd",
	"/%2fetc%2fpasswd",
	"/%2Fproc/self/cwd/secret.txt",
	"/proc/self/cwd/secret.txt",
	"/out.txt",
	"/chain.txt",
	"/folder/out.txt",
	"/folder/chain.txt",
	"/folder/../out.txt",
	"/out-folder/secret.txt",
	"/out-folder/www-secret/secret.txt",
	"/deep/secret.txt",
	"/sibling/secret.txt",
	"/absolute.txt",
	"/absolute/secret.txt",
	"/process/cwd/secret.txt",
	"/process/status",
	"/process-cwd/secret.txt",
	"/process-up/secret.txt",
};

static void
try_way_out(struct subject *server, const char *target)
{
	struct client *client = client_connect(server);
	size_t bytes;
	char *answer;
	int status = 0;

	client_request(client, "GET", target, "Connection: close\r\n");
	answer = client_receive_all(client, &bytes);
	sscanf(answer, "HTTP/1.1 %d ", &status);
	if (memmem(answer, bytes, ROOT_SECRET, strlen(ROOT_SECRET)) != NULL)
		fail_test("GET %s got a file from outside the root. It must "
		          "not be served, by no name. %s",
		          target, client_story(client));
	if (status != 400 && status != 403 && status != 404)
		fail_test("GET %s leads out of the root. It was answered with "
		          "%d; it should be 404 (or 400, or 403). %s",
		          target, status, client_story(client));
	client_reset(client);
}

static void
try_ways_out(void)
{
	struct subject *server;
	char *secret = text_print("%s/secret.txt", scratch_path());

	make_ways_out();
	server = subject_start(NULL);
	for (size_t i = 0; i < sizeof(ways_out) / sizeof(*ways_out); i++)
		try_way_out(server, ways_out[i]);
	try_way_out(server, secret);
	try_way_out(server, text_print("/%s", secret));
	try_way_out(server, text_print("/%%2f%s", secret + 1));
	try_way_out(server, text_print("/process/root%s", secret));
	expect_body(get_once(server, "/hello.txt"), ROOT_HELLO);
}

CONTRACT(no_way_out_of_the_root, CORE,
         "No request gets a file from outside the root: not by dots, by any "
         "encoding, by a link, or by /proc.")
{
	try_ways_out();
}

CONTRACT(no_way_out_without_openat2, CORE,
         "No request gets a file from outside the root, in a kernel without "
         "openat2() either.")
{
	take_openat2_away();
	try_ways_out();
}

/* ---- Ways that stay inside ---- */

static void
follow_links_inside(void)
{
	static const char *const targets[] = {
		"/in.txt",          "/folder/up.txt",
		"/chain.txt",       "/folder-too/up.txt",
		"/round/hello.txt", "/folder/roots/hello.txt",
	};
	struct subject *server;

	root_folder("folder");
	root_link("in.txt", "hello.txt");
	root_link("chain.txt", "folder/up.txt");
	root_link("folder/up.txt", "../hello.txt");
	root_link("folder/roots", "..");
	root_link("folder-too", "./folder/");
	root_link("round", "folder/../folder/..");
	root_link("loop.txt", "loop.txt");
	root_link("nowhere.txt", "missing.txt");
	server = subject_start(NULL);
	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++) {
		struct response *response = get_once(server, targets[i]);

		expect_status(response, 200);
		expect_body(response, ROOT_HELLO);
	}
	expect_status(get_once(server, "/loop.txt"), 404);
	expect_status(get_once(server, "/nowhere.txt"), 404);
}

CONTRACT(links_inside_the_root, CORE,
         "A symbolic link that stays inside the root is followed.")
{
	follow_links_inside();
}

CONTRACT(links_inside_without_openat2, CORE,
         "A symbolic link that stays inside the root is followed, in a kernel "
         "without openat2() too.")
{
	take_openat2_away();
	follow_links_inside();
}

/* ---- While someone changes the folders ---- */

enum { SWAP_FILES = 150 };

/* Exchanges a folder of the root with a link out of it, again and again, until
   it is killed; it ends with us. */
static pid_t
begin_swapping(void)
{
	char *folder = root_file_path("box");
	char *link = root_file_path("way-out");
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid == -1)
		not_checked("fork(): %s", strerror(errno));
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == parent)
		renameat2(AT_FDCWD, folder, AT_FDCWD, link, RENAME_EXCHANGE);
	_exit(0);
}

static void
ask_while_swapping(void)
{
	char *outside = text_print("%s/outside", scratch_path());
	struct subject *server;
	pid_t swapper;

	mkdir(outside, 0777);
	for (int i = 0; i < SWAP_FILES; i++) {
		root_text(text_print("box/%d.txt", i), "inside");
		write_secret(text_print("%s/%d.txt", outside, i));
	}
	root_link("way-out", "../outside");
	server = subject_start(NULL);
	swapper = begin_swapping();
	/* Each file once: the server may remember what it has found. */
	for (int i = 0; i < SWAP_FILES; i++) {
		struct response *response =
			get_once(server, text_print("/box/%d.txt", i));

		if (response->status == 200 &&
		    !response_body_is(response, "inside", strlen("inside")))
			fail_test("While a folder of the root and a link out "
			          "of it changed places, again and again, GET "
			          "/box/%d.txt got %s, from outside. To look "
			          "at a path first and to open it then is too "
			          "late.",
			          i,
			          text_quote(response->body,
			                     response->body_bytes));
	}
	kill(swapper, SIGKILL);
}

CONTRACT(no_way_out_by_swapping_folders, CORE,
         "A folder that becomes a link out of the root just while the file is "
         "looked up lets nobody out.")
{
	ask_while_swapping();
}

CONTRACT(no_way_out_by_swapping_without_openat2, CORE,
         "A folder that becomes a link out of the root just while the file is "
         "looked up lets nobody out, in a kernel without openat2() either.")
{
	take_openat2_away();
	ask_while_swapping();
}

/* ---- What is no regular file ---- */

static void
ask_for_odd_file(struct subject *server, const char *target)
{
	struct client *client = client_connect(server);
	struct client *other;

	client_request(client, "GET", target, "Connection: close\r\n");
	other = client_connect(server);
	client_request(other, "GET", "/hello.txt", "");
	if (!WAIT_FOR(client_has_input(other)))
		fail_test("%s is a FIFO or a socket. One client asked for it, "
		          "then another for /hello.txt. The other one got "
		          "nothing: the server %s. It should open files with "
		          "O_NONBLOCK, and serve regular ones only.",
		          target, proc_describe(subject_pid(server)));
	expect_body(client_receive(other), ROOT_HELLO);
	expect_status(receive_last(client, "GET"), 404);
}

static void
ask_for_odd_files(void)
{
	static const char *const targets[] = {"/fifo", "/to-fifo", "/socket"};
	struct subject *server;

	root_fifo("fifo");
	root_link("to-fifo", "fifo");
	if (mknod(root_file_path("socket"), S_IFSOCK | 0666, 0) == -1)
		fail_test("mknod(): the test itself is broken");
	server = subject_start(NULL);
	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++)
		ask_for_odd_file(server, targets[i]);
}

CONTRACT(only_regular_files, CORE,
         "A FIFO or a socket in the root is not served, and stops nobody.")
{
	ask_for_odd_files();
}

CONTRACT(only_regular_files_without_openat2, CORE,
         "A FIFO or a socket in the root is not served, and stops nobody, in a "
         "kernel without openat2() too.")
{
	take_openat2_away();
	ask_for_odd_files();
}
