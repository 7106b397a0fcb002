/*
 * subject.h - a server of the stage under test, from start to end.
 *
 *	SYSTEM(1_06, accepts_all_at_once, 3, "1.1-1.8",
 *	       "All clients that wait are accepted in one go.")
 *	{
 *		struct subject *server = subject_start("--timeouts=9,9,9,1", NULL);
 *		struct client *client = client_connect(server);
 *		client_request(client, "GET", "/hello.txt", "");
 *		struct response *response = client_receive(client);
 *		expect_status(response, 200);
 *		expect_body(response, ROOT_HELLO);
 *		subject_stop(server);
 *	}
 *
 * - A server gets a free port (--port 0) and the test's folder (root.h), and
 *   has said which port it is when subject_start() returns.
 * - It is started through a leash: however the test ends, the server and all
 *   that it started end too. A test need not stop its servers.
 * - A server that dies without having been asked to fails the test; so does
 *   one that stands in the way by not ending in time.
 * - A server that says `exercise 1.5: ...` on stderr and exits 70 ends the test
 *   as "not written yet" (graded.h). So does `not written yet: exercise 1.9,
 *   ...` if the test fails: something harmless stood in for that function.
 * - Its stderr goes to a file in scratch_path(); failures show the end of it.
 */
#ifndef HARNESS_SUBJECT_H
#define HARNESS_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/types.h>

/* Everything not set (0, NULL) is as usual. */
struct subject_options {
	const char *root;                /* NULL: root_path() */
	const char *address;             /* NULL: 127.0.0.1 */
	const char *const *arguments;    /* further ones; the last is NULL */
	const char *const *environment;  /* "NAME=value" in addition, NULL */
	const char *cwd;                 /* NULL: scratch_path() */
	rlim_t nofile_soft, nofile_hard; /* limit of descriptors */
	int extra_fds;  /* it inherits so many more, all open on /dev/null */
	const int *fds; /* and these of ours, as its descriptors 3, 4, ... */
	size_t fd_count;
	uid_t user; /* and group; only root can set it */
	bool bare;  /* only `arguments`: no --port, --address, --root */
	bool closed_stdin, closed_stdout, closed_stderr;
	int ignored_signal; /* whoever starts it has ignored this one */
};

/* How a program ended: WIFEXITED(status) and so on, wait(2). */
struct subject_end {
	int status;
};

struct subject;

/* Starts one with further arguments; the last is NULL. Returns when it has
   said that it listens. */
#define subject_start(...) subject_start_(0, __VA_ARGS__)
struct subject *subject_start_with(const struct subject_options *options);

/* Starts it and does not wait for its first line: it may fail. */
#define subject_launch(...) subject_launch_(0, __VA_ARGS__)
struct subject *subject_launch_with(const struct subject_options *options);

/* Waits for the first line of one that was launched; it must come. */
void subject_wait_ready(struct subject *server);

/* From its first line on stdout. */
const char *subject_first_line(const struct subject *server);
int subject_port(const struct subject *server);
const struct sockaddr *subject_address(const struct subject *server,
                                       socklen_t *address_bytes);

/* The path of what is built beside the test program: "shim_faults.so". */
char *subject_tool(const char *name);

/* Such a library as an entry of a server's environment, to be put between it
   and libc. It is found as long as this process lives. */
char *subject_preload(const char *name);

/* The process that was started (the main process, if there are workers). */
pid_t subject_pid(const struct subject *server);

/* It and all processes that it has started and that are still there, the main
   process first. Returns how many; at most pid_max are stored. */
size_t subject_pids(const struct subject *server, pid_t *pids, size_t pid_max);

/* All it has said so far; of a very long stderr the beginning and the end, in a
   place that the next call for this server writes over. */
char *subject_stdout(struct subject *server);
char *subject_stderr(struct subject *server);

/* Sends its main process a signal. From now on it may end. */
void subject_signal(struct subject *server, int signal_number);

/* From now on the main process may end by itself, in whatever way. */
void subject_may_end(struct subject *server);

bool subject_has_ended(struct subject *server);

/* Waits until its main process has ended; fails the test if it does not. */
struct subject_end subject_wait_end(struct subject *server);

/* The same, and it must have exited with this code. */
void subject_wait_exit(struct subject *server, int code);

/* SIGTERM; it must exit with 0, and leave no process behind. */
void subject_stop(struct subject *server);

/* Ends it and all that it started, at once; says how many processes there
   were still besides the main process. The pointer stays good. */
size_t subject_kill(struct subject *server);

/* Fails the test if it is not running. */
void subject_check(struct subject *server);

/* "exit status 1", "killed by SIGSEGV (a bad pointer)". */
#define SUBJECT_KILLED "killed by "
char *subject_end_text(struct subject_end end);

/* For the two macros above: the compiler sees to it that NULL is the last. */
struct subject *subject_start_(int, ...) __attribute__((sentinel));
struct subject *subject_launch_(int, ...) __attribute__((sentinel));

/* ---- For graded.c ---- */

/* "exercise N.M: ..." if one of this test's servers said that it is not
   written, or NULL. */
const char *subject_not_written(void);
/* At the end of a test that went well: nothing died meanwhile. */
void subject_check_all(void);
/* At the end of every test: ends all, waits for it. */
void subject_kill_all(void);
/* The last lines that the servers said, for a failure's message; "" if none. */
char *subject_last_words(void);

/* Writes what each process of the servers does, as proc_describe() tells it; no
   file if there is no server. */
void subject_write_processes(const char *path);

#endif
