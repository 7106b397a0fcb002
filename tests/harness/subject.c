/*
 * subject.c - a server of the stage under test; see subject.h.
 */
#define _GNU_SOURCE
#include "subject.h"

#include "graded.h"
#include "proc.h"
#include "root.h"
#include "wait.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Which program to test: the runner sets it. */
#define PROGRAM "GRADED_SERVER"

/* Whoever reruns a failed test sets this, and the servers tell what they do. */
#define VERBOSE "VERBOSE"

enum {
	ARGUMENTS_MAX = 256,
	LINE_MAX_BYTES = 256,
	LAST_WORDS_BYTES = 600, /* of stderr that a failure shows */
	LAST_LOOKS = 20,        /* of 10 ms each: is it dying just now? */
	PIDS_MAX = 1024,
};

struct subject {
	struct subject *next; /* the test's servers, the latest first */
	const char *command;  /* for messages */
	char *stderr_path;

	int control; /* to the leash */
	pid_t leash;
	pid_t pid;
	bool has_ended;
	bool may_end;   /* it has been asked to, or the test said so */
	bool is_killed; /* with all that it started */
	struct subject_end end;
	char *failure;      /* why the program could not be started */
	size_t left_behind; /* processes that were there at the very end */

	char *said; /* of its stderr: subject_stderr() */
	int out_fd; /* its stdout */
	char *out;  /* what came */
	size_t out_bytes;
	char line[LINE_MAX_BYTES]; /* the first */

	struct sockaddr_storage address;
	socklen_t address_bytes;
};

static struct subject *servers;

/* ---- What the leash says ---- */

static void
take_message(struct subject *server, const char *message)
{
	if (strncmp(message, "pid ", 4) == 0) {
		server->pid = atoi(message + 4);
	} else if (strncmp(message, "failed ", 7) == 0) {
		server->failure = text_print("%s", message + 7);
	} else if (strncmp(message, "ended ", 6) == 0) {
		server->has_ended = true;
		server->end.status = atoi(message + 6);
	} else if (strncmp(message, "done ", 5) == 0) {
		server->is_killed = true;
		server->left_behind = (size_t)atol(message + 5);
	}
}

/* Takes what has come from the leash; waits for something if `waits`. Says
   whether more may come. */
static bool
listen_to_leash(struct subject *server, bool waits)
{
	char message[512];
	struct pollfd fd = {.fd = server->control, .events = POLLIN};

	while (server->control != -1 && poll(&fd, 1, waits ? 10 : 0) > 0) {
		ssize_t length = recv(server->control, message,
		                      sizeof(message) - 1, MSG_DONTWAIT);

		if (length <= 0) {
			close(server->control);
			server->control = -1;
			break;
		}
		message[length] = '\0';
		take_message(server, message);
		waits = false;
	}
	return server->control != -1;
}

/* ---- What the server says ---- */

/* Takes what has come on its stdout. Says whether more may come. */
static bool
read_stdout(struct subject *server)
{
	char bytes[4096];
	ssize_t got;

	while (server->out_fd != -1 &&
	       (got = read(server->out_fd, bytes, sizeof(bytes))) != -1) {
		if (got == 0) {
			close(server->out_fd);
			server->out_fd = -1;
			break;
		}
		server->out = realloc(server->out,
		                      server->out_bytes + (size_t)got + 1);
		if (server->out == NULL)
			err(1, "realloc");
		memcpy(server->out + server->out_bytes, bytes, (size_t)got);
		server->out_bytes += (size_t)got;
		server->out[server->out_bytes] = '\0';
	}
	return server->out_fd != -1;
}

/* Reads up to `most` bytes of a file from `offset` on. */
static size_t
read_part(int fd, char *bytes, size_t most, off_t offset)
{
	size_t sum = 0;
	ssize_t got;

	while (sum < most && (got = pread(fd, bytes + sum, most - sum,
	                                  offset + (off_t)sum)) > 0)
		sum += (size_t)got;
	return sum;
}

char *
subject_stdout(struct subject *server)
{
	read_stdout(server);
	return text_print("%s", server->out == NULL ? "" : server->out);
}

/* A server in a loop can say a lot, and a test that waits asks often: there is
   one place for it, and of very long texts the beginning and the end. */
char *
subject_stderr(struct subject *server)
{
	enum { PART_BYTES = 128 * 1024 };
	static const char gap[] = "\n...\n";
	struct stat file;
	size_t bytes = 0;

	if (server->said == NULL)
		server->said = calloc(1, 2 * PART_BYTES + sizeof(gap));
	if (server->said == NULL)
		err(1, "calloc");
	int fd = open(server->stderr_path, O_RDONLY | O_CLOEXEC);
	if (fd != -1 && fstat(fd, &file) == 0) {
		bytes = read_part(fd, server->said, PART_BYTES, 0);
		off_t rest = file.st_size - PART_BYTES;
		if (rest > PART_BYTES) {
			memcpy(server->said + bytes, gap, sizeof(gap) - 1);
			bytes += sizeof(gap) - 1;
			rest = PART_BYTES;
		}
		if (rest > 0)
			bytes += read_part(fd, server->said + bytes,
			                   (size_t)rest, file.st_size - rest);
	}
	if (fd != -1)
		close(fd);
	server->said[bytes] = '\0';
	return server->said;
}

const char *
subject_not_written(void)
{
	for (struct subject *server = servers; server != NULL;
	     server = server->next) {
		char *line = text_not_written(subject_stderr(server));

		if (line != NULL)
			return line;
	}
	return NULL;
}

/* Has it said so before it ended? What only stood in does not count. */
static bool
has_met_a_stub(struct subject *server)
{
	return strstr(subject_stderr(server), "\nexercise ") != NULL;
}

/* For wait.h: the servers of this test can still do something. */
static bool
are_alive(void)
{
	for (struct subject *server = servers; server != NULL;
	     server = server->next) {
		if (server->may_end || server->is_killed)
			continue;
		if (subject_has_ended(server) || has_met_a_stub(server))
			return false;
	}
	return true;
}

char *
subject_end_text(struct subject_end end)
{
	if (WIFEXITED(end.status))
		return text_print("exit status %d", WEXITSTATUS(end.status));
	return text_print(SUBJECT_KILLED "%s",
	                  text_signal(WTERMSIG(end.status)));
}

/* "A server ended meanwhile ...", its stderr's last lines. */
static char *
last_words_of(struct subject *server)
{
	char *said = subject_stderr(server);
	size_t bytes = strlen(said);
	char *fate = "";

	/* Its sockets are closed a moment before its parent hears of it. */
	for (int i = 0; i < LAST_LOOKS; i++)
		if (server->has_ended || server->may_end ||
		    !listen_to_leash(server, true))
			break;
	if (bytes > LAST_WORDS_BYTES) {
		said += bytes - LAST_WORDS_BYTES;
		said = strchr(said, '\n') == NULL ? said
		                                  : strchr(said, '\n') + 1;
	}
	if (server->has_ended && !server->may_end)
		fate = text_print("\nMeanwhile the server has ended: %s.",
		                  subject_end_text(server->end));
	return text_print("%s%s%s", fate,
	                  *said == '\0' ? "" : "\nThe server's stderr:\n",
	                  said);
}

char *
subject_last_words(void)
{
	char *words = "";

	for (struct subject *server = servers; server != NULL;
	     server = server->next)
		words = text_print("%s%s", last_words_of(server), words);
	return words;
}

/* ---- Starting ---- */

/* The folder in which the test program lies. */
static const char *
own_folder(void)
{
	static char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (length == -1)
		err(1, "/proc/self/exe");
	path[length] = '\0';
	*strrchr(path, '/') = '\0';
	return path;
}

char *
subject_tool(const char *name)
{
	return text_print("%s/%s", own_folder(), name);
}

/*
 * ld.so(8): blanks and colons separate the names in LD_PRELOAD, and nothing
 * quotes them. So the folder, whose path may have some, goes by its descriptor.
 */
char *
subject_preload(const char *name)
{
	static int folder = -1;

	if (folder == -1)
		folder = open(own_folder(), O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder == -1)
		err(1, "%s", own_folder());
	return text_print("LD_PRELOAD=/proc/%ld/fd/%d/%s", (long)getpid(),
	                  folder, name);
}

static const char *
program_path(void)
{
	const char *path = getenv(PROGRAM);

	if (path != NULL && *path != '\0')
		return path;
	return subject_tool("student/build/server");
}

struct arguments {
	const char *words[ARGUMENTS_MAX];
	size_t count;
};

static void
add(struct arguments *arguments, const char *word)
{
	if (arguments->count + 1 >= ARGUMENTS_MAX)
		errx(1, "too many arguments for a server");
	arguments->words[arguments->count++] = word;
}

static void
add_pair(struct arguments *arguments, const char *name, const char *value)
{
	add(arguments, name);
	add(arguments, value);
}

static void
add_leash_options(struct arguments *arguments,
                  const struct subject_options *options, int control)
{
	static const char *const fd_names[] = {"0", "1", "2"};
	bool closes[] = {options->closed_stdin, options->closed_stdout,
	                 options->closed_stderr};

	add(arguments, "leash");
	add_pair(arguments, "--control", text_print("%d", control));
	add_pair(arguments, "--cwd",
	         options->cwd == NULL ? scratch_path() : options->cwd);
	if (options->environment != NULL) {
		for (size_t i = 0; options->environment[i] != NULL; i++)
			add_pair(arguments, "--env", options->environment[i]);
	}
	if (options->nofile_soft != 0) {
		add_pair(
			arguments, "--nofile",
			text_print("%lu", (unsigned long)options->nofile_soft));
		add(arguments,
		    text_print(
			    "%lu",
			    (unsigned long)(options->nofile_hard == 0
		                                    ? options->nofile_soft
		                                    : options->nofile_hard)));
	}
	for (size_t i = 0; i < options->fd_count; i++)
		add_pair(arguments, "--fd", text_print("%d", options->fds[i]));
	if (options->ignored_signal != 0)
		add_pair(arguments, "--ignore",
		         text_print("%d", options->ignored_signal));
	if (options->extra_fds != 0)
		add_pair(arguments, "--null",
		         text_print("%d", options->extra_fds));
	if (options->user != 0)
		add_pair(arguments, "--user",
		         text_print("%lu", (unsigned long)options->user));
	for (int fd = 0; fd < 3; fd++) {
		if (closes[fd])
			add_pair(arguments, "--close", fd_names[fd]);
	}
}

static void
add_program(struct arguments *arguments, const struct subject_options *options)
{
	add(arguments, program_path());
	if (!options->bare) {
		add_pair(arguments, "--port", "0");
		if (options->address != NULL)
			add_pair(arguments, "--address", options->address);
		add_pair(arguments, "--root",
		         options->root == NULL ? root_path() : options->root);
	}
	if (!options->bare && getenv(VERBOSE) != NULL && *getenv(VERBOSE) != 0)
		add(arguments, "--verbose");
	for (size_t i = 0;
	     options->arguments != NULL && options->arguments[i] != NULL; i++)
		add(arguments, options->arguments[i]);
}

/* "server --port 0 --root www": without the folders that a reader knows. */
static char *
describe_command(const char *const *words)
{
	char *text = text_print("%s", basename(*words));
	size_t length = strlen(scratch_path());

	while (*++words != NULL) {
		bool is_ours = strncmp(*words, scratch_path(), length) == 0 &&
		               (*words)[length] == '/';

		text = text_print("%s %s", text,
		                  *words + (is_ours ? length + 1 : 0));
	}
	return text;
}

/* Only fds[] and the control socket may be seen by the leash's child; stdout
   goes to a pipe of ours, stderr to a file. */
static void
spawn_leash(struct subject *server, const struct arguments *arguments,
            const struct subject_options *options, int control, int out)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	char *leash = subject_tool("leash");
	sigset_t set;
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, control, control);
	for (size_t i = 0; i < options->fd_count; i++)
		posix_spawn_file_actions_adddup2(&actions, options->fds[i],
		                                 options->fds[i]);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
	                                 O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO,
	                                 server->stderr_path,
	                                 O_WRONLY | O_CREAT | O_APPEND, 0666);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF |
	                                              POSIX_SPAWN_SETSIGMASK);
	sigfillset(&set);
	posix_spawnattr_setsigdefault(&attributes, &set);
	sigemptyset(&set);
	posix_spawnattr_setsigmask(&attributes, &set);
	error = posix_spawn(&server->leash, leash, &actions, &attributes,
	                    (char *const *)(uintptr_t)arguments->words,
	                    environ);
	if (error != 0)
		errx(1, "%s: %s", leash, strerror(error));
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
}

struct subject *
subject_launch_with(const struct subject_options *options)
{
	static int number;
	struct subject *server = calloc(1, sizeof(*server));
	struct arguments arguments = {.count = 0};
	int control[2], out[2];
	size_t program;

	if (server == NULL || pipe2(out, O_CLOEXEC) == -1 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) ==
	            -1)
		err(1, "starting a server");
	server->stderr_path =
		text_print("%s/server-%d.stderr", scratch_path(), ++number);
	add_leash_options(&arguments, options, control[1]);
	program = arguments.count;
	add_program(&arguments, options);
	server->command = describe_command(arguments.words + program);
	server->control = control[0];
	server->out_fd = out[0];
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	spawn_leash(server, &arguments, options, control[1], out[1]);
	close(control[1]);
	close(out[1]);
	server->next = servers;
	servers = server;
	wait_ask(are_alive);
	while (server->pid == 0 && server->failure == NULL &&
	       listen_to_leash(server, true))
		;
	return server;
}

static void
collect(const char *arguments[ARGUMENTS_MAX], va_list words)
{
	const char *word;
	size_t count = 0;

	while ((word = va_arg(words, const char *)) != NULL &&
	       count < ARGUMENTS_MAX - 1)
		arguments[count++] = word;
	arguments[count] = NULL;
}

struct subject *
subject_launch_(int unused, ...)
{
	const char *arguments[ARGUMENTS_MAX];
	va_list words;

	va_start(words, unused);
	collect(arguments, words);
	va_end(words);
	return subject_launch_with(
		&(struct subject_options){.arguments = arguments});
}

struct subject *
subject_start_with(const struct subject_options *options)
{
	struct subject *server = subject_launch_with(options);

	subject_wait_ready(server);
	return server;
}

struct subject *
subject_start_(int unused, ...)
{
	const char *arguments[ARGUMENTS_MAX];
	va_list words;

	va_start(words, unused);
	collect(arguments, words);
	va_end(words);
	return subject_start_with(
		&(struct subject_options){.arguments = arguments});
}

/* ---- The first line ---- */

/* Reads "127.0.0.1:80" or "[::1]:80" up to `end`; says whether it is that. */
static bool
parse_address(struct subject *server, char *host, char *end)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&server->address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&server->address;
	char *colon = memrchr(host, ':', (size_t)(end - host));
	in_port_t port;

	if (colon == NULL)
		return false;
	port = htons((in_port_t)atoi(colon + 1));
	*colon = '\0';
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = port;
		server->address_bytes = sizeof(*v4);
		return port != 0;
	}
	if (*host != '[' || colon[-1] != ']')
		return false;
	colon[-1] = '\0';
	v6->sin6_family = AF_INET6;
	v6->sin6_port = port;
	server->address_bytes = sizeof(*v6);
	return port != 0 && inet_pton(AF_INET6, host + 1, &v6->sin6_addr) == 1;
}

static void
parse_first_line(struct subject *server)
{
	static const char begin[] = "listening on http://";
	char *newline = strchr(server->out, '\n');
	size_t length = (size_t)(newline - server->out);
	char *copy;

	snprintf(server->line, sizeof(server->line), "%.*s", (int)length,
	         server->out);
	copy = text_print("%s", server->line);
	length = strlen(copy);
	if (strncmp(copy, begin, strlen(begin)) != 0 ||
	    copy[length - 1] != '/' ||
	    !parse_address(server, copy + strlen(begin), copy + length - 1))
		fail_test("The server was started (%s). Its first line on "
		          "stdout was %s. It should be like \"listening on "
		          "http://127.0.0.1:43217/\", with the port that the "
		          "kernel chose.",
		          server->command,
		          text_quote(server->line, strlen(server->line)));
}

static bool
has_line(struct subject *server)
{
	bool may_come = read_stdout(server);

	listen_to_leash(server, false);
	return (server->out != NULL && strchr(server->out, '\n') != NULL) ||
	       !may_come || server->has_ended || server->failure != NULL;
}

void
subject_wait_ready(struct subject *server)
{
	bool came = WAIT_FOR(has_line(server));

	read_stdout(server);
	if (server->failure != NULL)
		fail_test("The server could not be started (%s): %s.",
		          server->command, server->failure);
	if (server->out != NULL && strchr(server->out, '\n') != NULL) {
		parse_first_line(server);
		return;
	}
	if (came && (server->has_ended || subject_has_ended(server))) {
		server->may_end = true; /* said here, not once more */
		fail_test("The server was started (%s). It ended with %s "
		          "before it said \"listening on ...\" on stdout.",
		          server->command, subject_end_text(server->end));
	}
	fail_test("The server was started (%s). It did not say \"listening on "
	          "http://...\" on stdout, or did not flush it. It %s.",
	          server->command, proc_describe(server->pid));
}

const char *
subject_first_line(const struct subject *server)
{
	return server->line;
}

const struct sockaddr *
subject_address(const struct subject *server, socklen_t *address_bytes)
{
	if (address_bytes != NULL)
		*address_bytes = server->address_bytes;
	return (const struct sockaddr *)&server->address;
}

int
subject_port(const struct subject *server)
{
	/* At the same place in sockaddr_in and sockaddr_in6. */
	return ntohs(((const struct sockaddr_in *)&server->address)->sin_port);
}

/* ---- Its processes ---- */

pid_t
subject_pid(const struct subject *server)
{
	return server->pid;
}

/* Adds the process, if it is not there yet, and all that it started. */
static size_t
add_family(pid_t pid, pid_t *pids, size_t count, size_t pid_max)
{
	pid_t children[PIDS_MAX];
	size_t child_count;

	for (size_t i = 0; i < count; i++) {
		if (pids[i] == pid)
			return count;
	}
	if (count == pid_max || proc_state(pid) == 0 || proc_state(pid) == 'Z')
		return count;
	pids[count++] = pid;
	child_count = proc_children(pid, children, PIDS_MAX);
	for (size_t i = 0; i < child_count; i++)
		count = add_family(children[i], pids, count, pid_max);
	return count;
}

size_t
subject_pids(const struct subject *server, pid_t *pids, size_t pid_max)
{
	pid_t orphans[PIDS_MAX];
	size_t count = 0;
	size_t orphan_count;

	if (server->is_killed)
		return 0;
	count = add_family(server->pid, pids, count, pid_max);
	orphan_count = proc_children(server->leash, orphans, PIDS_MAX);
	for (size_t i = 0; i < orphan_count; i++)
		count = add_family(orphans[i], pids, count, pid_max);
	return count;
}

void
subject_write_processes(const char *path)
{
	FILE *file = servers == NULL ? NULL : fopen(path, "we");

	if (file == NULL)
		return;
	for (struct subject *server = servers; server != NULL;
	     server = server->next) {
		pid_t pids[PIDS_MAX];
		size_t count = subject_pids(server, pids, PIDS_MAX);

		fprintf(file, "%s%s\n", server->command,
		        count == 0 ? " has ended" : "");
		for (size_t i = 0; i < count; i++)
			fprintf(file, "    process %d %s\n", (int)pids[i],
			        proc_describe(pids[i]));
	}
	fclose(file);
}

/* ---- The end ---- */

void
subject_may_end(struct subject *server)
{
	server->may_end = true;
}

void
subject_signal(struct subject *server, int signal_number)
{
	subject_may_end(server);
	if (!subject_has_ended(server))
		kill(server->pid, signal_number);
}

bool
subject_has_ended(struct subject *server)
{
	listen_to_leash(server, false);
	return server->has_ended;
}

struct subject_end
subject_wait_end(struct subject *server)
{
	subject_may_end(server);
	WAIT_UNTIL(subject_has_ended(server),
	           "The server should have ended; it %s.",
	           proc_describe(server->pid));
	return server->end;
}

void
subject_wait_exit(struct subject *server, int code)
{
	struct subject_end end = subject_wait_end(server);

	if (!WIFEXITED(end.status) || WEXITSTATUS(end.status) != code)
		fail_test("The server (%s) ended with %s. It should have been "
		          "exit status %d.",
		          server->command, subject_end_text(end), code);
}

static bool
is_alone(const struct subject *server)
{
	pid_t pids[PIDS_MAX];

	return subject_pids(server, pids, PIDS_MAX) == 0;
}

void
subject_stop(struct subject *server)
{
	subject_check(server);
	subject_signal(server, SIGTERM);
	WAIT_UNTIL(subject_has_ended(server),
	           "The server got SIGTERM. It should have ended; it %s.",
	           proc_describe(server->pid));
	subject_wait_exit(server, 0);
	WAIT_UNTIL(is_alone(server),
	           "The server got SIGTERM and its main process exited with 0. "
	           "It left a process behind that still runs.");
}

void
subject_check(struct subject *server)
{
	if (server->failure != NULL)
		fail_test("The server could not be started (%s): %s.",
		          server->command, server->failure);
	if (!subject_has_ended(server))
		return;
	server->may_end = true; /* said here, not once more */
	fail_test("The server (%s) should be running. It has ended: %s.",
	          server->command, subject_end_text(server->end));
}

void
subject_check_all(void)
{
	for (struct subject *server = servers; server != NULL;
	     server = server->next) {
		if (!server->may_end && !server->is_killed)
			subject_check(server);
	}
}

size_t
subject_kill(struct subject *server)
{
	subject_may_end(server);
	if (server->control != -1)
		send(server->control, "end", 3, MSG_NOSIGNAL);
	while (listen_to_leash(server, true))
		;
	while (waitpid(server->leash, NULL, 0) == -1 && errno == EINTR)
		;
	server->is_killed = true;
	return server->left_behind;
}

void
subject_kill_all(void)
{
	for (struct subject *server = servers; server != NULL;
	     server = server->next) {
		if (!server->is_killed)
			subject_kill(server);
	}
}
