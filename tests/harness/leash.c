/*
 * leash.c - starts a program, and ends all that it ever started.
 *
 *	leash --control FD [options] PROGRAM [ARGUMENT ...]
 *
 * A test can die at any moment, and a program under test can do anything: fork,
 * hang, leave processes behind. So between the two stands this process. FD is
 * its end of a SOCK_SEQPACKET pair whose other end only the test holds.
 *
 * - It says on FD: "pid N" when the program runs, "failed CALL: why" if it does
 *   not, "ended STATUS" (of wait(2)) when it has ended, "done N" at the very
 *   end: N processes of it were still there and have been killed.
 * - Any message from the test, or the end of the stream because the test is
 *   gone, means: end. All descendants are killed, those too whose parent died:
 *   they come to us, as we are their subreaper.
 * - If we are killed, the kernel kills the program (PR_SET_PDEATHSIG).
 *
 * Options, all for the program: --env NAME=VALUE, --cwd FOLDER, --user ID,
 * --nofile SOFT HARD, --fd N (inherits it; several become 3, 4, ...), --null K
 * (inherits K more, on /dev/null), --close N (0, 1, 2), --ignore N (a signal).
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	FDS_MAX = 64,
	FD_MAX = 4096, /* a test's own descriptors are below that */
	CHILDREN_MAX = 4096,
	ROUNDS_MAX = 5000, /* of a millisecond, where children are not seen */
};

static struct {
	int control;
	const char *cwd;
	uid_t user;
	bool has_limit;
	struct rlimit limit;
	int fds[FDS_MAX]; /* of ours, to be inherited */
	int fd_count;
	int null_count;
	bool closes[3];
	int ignored_signal;
	char **command;
} options;

static int control; /* where messages go; closed in the program by exec */

static void
say(const char *text, long number)
{
	char message[128];
	int length = snprintf(message, sizeof(message), text, number);

	send(control, message, (size_t)length, MSG_NOSIGNAL);
}

/* One option and its value; returns how many more words it took. */
static int
read_option(char *argv[])
{
	const char *name = argv[0];
	const char *value = argv[1];

	if (strcmp(name, "--control") == 0)
		options.control = atoi(value);
	else if (strcmp(name, "--env") == 0)
		putenv(argv[1]);
	else if (strcmp(name, "--cwd") == 0)
		options.cwd = value;
	else if (strcmp(name, "--user") == 0)
		options.user = (uid_t)atol(value);
	else if (strcmp(name, "--fd") == 0 && options.fd_count < FDS_MAX)
		options.fds[options.fd_count++] = atoi(value);
	else if (strcmp(name, "--null") == 0)
		options.null_count = atoi(value);
	else if (strcmp(name, "--close") == 0)
		options.closes[atoi(value) % 3] = true;
	else if (strcmp(name, "--ignore") == 0)
		options.ignored_signal = atoi(value);
	else if (strcmp(name, "--nofile") == 0) {
		options.has_limit = true;
		options.limit.rlim_cur = strtoul(value, NULL, 10);
		options.limit.rlim_max = strtoul(argv[2], NULL, 10);
		return 2;
	} else
		errx(2, "unknown option %s", name);
	return 1;
}

static void
read_options(int argc, char *argv[])
{
	int i = 1;

	options.control = -1;
	while (i + 1 < argc && strncmp(argv[i], "--", 2) == 0)
		i += 1 + read_option(argv + i);
	if (i >= argc || options.control == -1)
		errx(2, "usage: leash --control FD [options] PROGRAM ...");
	options.command = argv + i;
}

/* ---- In the child, until it is the program ---- */

static void
give_up(const char *call)
{
	char message[256];
	int length = snprintf(message, sizeof(message), "failed %s: %s", call,
	                      strerror(errno));

	send(control, message, (size_t)length, MSG_NOSIGNAL);
	_exit(127);
}

/* The program finds open just what it is meant to find, without a gap. */
static void
arrange_fds(void)
{
	int first_free = 3 + options.fd_count + options.null_count;
	int copies[FDS_MAX];

	control = fcntl(control, F_DUPFD_CLOEXEC, first_free);
	if (control == -1)
		_exit(127);
	for (int i = 0; i < options.fd_count; i++)
		copies[i] = fcntl(options.fds[i], F_DUPFD_CLOEXEC, first_free);
	for (int fd = 3; fd < first_free; fd++)
		close(fd);
	for (int i = 0; i < options.fd_count; i++) {
		if (dup2(copies[i], 3 + i) == -1)
			give_up("dup2");
	}
	for (int i = 0; i < options.null_count; i++) {
		if (open("/dev/null", O_RDWR) == -1)
			give_up("open /dev/null");
	}
	for (int fd = 0; fd < 3; fd++) {
		if (options.closes[fd])
			close(fd);
	}
	for (int i = 0; i < options.fd_count; i++) {
		if (options.fds[i] >= first_free)
			fcntl(options.fds[i], F_SETFD, FD_CLOEXEC);
	}
}

static void
raise_limit(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void
become_program(pid_t leash)
{
	struct rlimit limit;
	sigset_t none;

	setsid(); /* Ctrl-C is for the tests, not for the program */
	getrlimit(RLIMIT_NOFILE, &limit);
	raise_limit();
	arrange_fds();
	if (options.has_limit)
		limit = options.limit;
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		give_up("setrlimit");
	if (options.cwd != NULL && chdir(options.cwd) == -1)
		give_up("chdir");
	if (options.user != 0 &&
	    (setgroups(0, NULL) == -1 || setgid((gid_t)options.user) == -1 ||
	     setuid(options.user) == -1))
		give_up("setuid");
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (options.ignored_signal != 0)
		signal(options.ignored_signal, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != leash)
		_exit(127);
	execv(options.command[0], options.command);
	give_up(options.command[0]);
}

/* ---- In the leash ---- */

/* The children of one process, of all its threads. */
static size_t
find_children(pid_t pid, pid_t *children)
{
	char path[64];
	size_t count = 0;
	FILE *file;
	int child;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	file = fopen(path, "re");
	while (file != NULL && count < CHILDREN_MAX &&
	       fscanf(file, "%d", &child) == 1)
		children[count++] = child;
	if (file != NULL)
		fclose(file);
	return count;
}

/*
 * Kills every child. Their children come to us and are killed in the next
 * round, until wait(2) says that there is none left. All are stopped before any
 * is killed: one that forks all the time must not outrun us. Where the kernel
 * does not list children (CONFIG_PROC_CHILDREN), the program's process group
 * has to do.
 */
static long
kill_descendants(pid_t program)
{
	static pid_t children[CHILDREN_MAX];
	long killed = 0;

	for (int round = 0; round < ROUNDS_MAX; round++) {
		size_t count = find_children(getpid(), children);
		pid_t pid = 0;

		for (size_t i = 0; i < count; i++)
			kill(children[i], SIGSTOP);
		for (size_t i = 0; i < count; i++)
			kill(children[i], SIGKILL);
		for (size_t i = 0; i < count && pid != -1; i++) {
			pid = waitpid(-1, NULL, 0);
			killed += pid != -1;
		}
		pid = waitpid(-1, NULL, WNOHANG);
		if (pid == -1 && errno == ECHILD)
			break;
		killed += pid > 0;
		if (count == 0) {
			kill(-program, SIGKILL);
			usleep(1000);
		}
	}
	return killed;
}

static void
reap(pid_t program, bool *has_ended)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == program) {
			*has_ended = true;
			say("ended %ld", status);
		}
	}
}

static bool
is_ours(int fd)
{
	bool is_it = fd == options.control;

	for (int i = 0; i < options.fd_count; i++)
		is_it = is_it || fd == options.fds[i];
	return is_it;
}

/* What the test has open is none of our business; it must be able to end. */
static void
close_others(void)
{
	int last = options.control;

	for (int i = 0; i < options.fd_count; i++)
		last = options.fds[i] > last ? options.fds[i] : last;
	for (int fd = 3; fd < last; fd++) {
		if (!is_ours(fd))
			close(fd);
	}
	if (close_range((unsigned)last + 1, UINT_MAX, 0) == -1) {
		for (int fd = last + 1; fd < FD_MAX; fd++) /* Linux < 5.9 */
			close(fd);
	}
}

static int
open_signals(void)
{
	sigset_t watched;
	int fd;

	sigfillset(&watched);
	sigprocmask(SIG_BLOCK, &watched, NULL);
	sigemptyset(&watched);
	sigaddset(&watched, SIGCHLD);
	sigaddset(&watched, SIGTERM); /* our parent is gone: PDEATHSIG */
	fd = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd == -1)
		err(1, "signalfd");
	return fd;
}

/* Returns when it is time to end. */
static void
watch(pid_t program, int signals, bool *has_ended)
{
	struct pollfd fds[2] = {{.fd = control, .events = POLLIN},
	                        {.fd = signals, .events = POLLIN}};
	struct signalfd_siginfo info;

	while (poll(fds, 2, -1) != -1 || errno == EINTR) {
		while (read(signals, &info, sizeof(info)) > 0) {
			if (info.ssi_signo == SIGTERM)
				return;
		}
		reap(program, has_ended);
		if (fds[0].revents != 0) {
			/* Unread, it would make the test's recv() fail. */
			recv(control, &info, sizeof(info), 0);
			return;
		}
	}
}

int
main(int argc, char *argv[])
{
	bool has_ended = false;
	pid_t leash = getpid();
	int signals, null_fd;
	pid_t program;
	long killed;

	read_options(argc, argv);
	control = options.control;
	fcntl(control, F_SETFD, FD_CLOEXEC);
	close_others();
	if (getenv("GRADED_GUARD") != NULL)
		prctl(PR_SET_DUMPABLE, 0); /* the program cannot look in */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	signals = open_signals();
	program = fork();
	if (program == -1)
		err(1, "fork");
	if (program == 0)
		become_program(leash);

	for (int i = 0; i < options.fd_count; i++)
		close(options.fds[i]);
	null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	dup2(null_fd,
	     STDOUT_FILENO); /* the program's alone, so that the test */
	dup2(null_fd, STDERR_FILENO); /* sees their end */
	say("pid %ld", program);
	watch(program, signals, &has_ended);
	killed = kill_descendants(program);
	say("done %ld", killed - (has_ended ? 0 : 1));
	return 0;
}
