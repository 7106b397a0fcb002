/*
 * forked.c - what parent and child share after a fork(), and what they do not.
 *
 * For each thing the child changes it, and the parent looks whether it sees the
 * change. A line each, separated by tabs: what it is, when it was made, what
 * the child did, "shared" or "own". Nothing is from a book; all of it is tried.
 */
#define _GNU_SOURCE /* memfd_create() */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What there is before the fork. */
static struct before {
	int variable;
	int *allocated;
	int *private_map, *shared_map;
	int offset_fd, status_fd, close_fd, flag_fd;
	int epoll_fd, epoll_pipe[2];
	int queue_fd; /* a listener */
	int channel[2];
} before;

static int
file(void)
{
	int fd = memfd_create("forked", MFD_CLOEXEC);

	if (fd == -1 || write(fd, "0123456789", 10) != 10 ||
	    lseek(fd, 0, SEEK_SET) == -1)
		err(1, "cannot make a file");
	return fd;
}

static int *
map(int flags)
{
	void *memory = mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE,
	                    flags | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		err(1, "mmap");
	return memory;
}

static void
send_fd(int channel, int fd)
{
	char byte = 0;
	struct iovec data = {.iov_base = &byte, .iov_len = 1};
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof control.bytes,
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(header), &fd, sizeof fd);
	if (sendmsg(channel, &message, 0) != 1)
		err(1, "sendmsg");
}

static int
receive_fd(int channel)
{
	char byte;
	int fd;
	struct iovec data = {.iov_base = &byte, .iov_len = 1};
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof control.bytes,
	};

	if (recvmsg(channel, &message, MSG_CMSG_CLOEXEC) != 1 ||
	    CMSG_FIRSTHDR(&message) == NULL)
		err(1, "recvmsg");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
	return fd;
}

static void
prepare(void)
{
	before.allocated = calloc(1, sizeof *before.allocated);
	before.private_map = map(MAP_PRIVATE);
	before.shared_map = map(MAP_SHARED);
	before.offset_fd = file();
	before.status_fd = file();
	before.close_fd = file();
	before.flag_fd = file();
	before.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	before.queue_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (before.allocated == NULL || before.epoll_fd == -1 ||
	    before.queue_fd == -1 || pipe(before.epoll_pipe) == -1 ||
	    listen(before.queue_fd, 8) == -1 ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, before.channel) == -1)
		err(1, "cannot prepare");
}

/* A client comes, and the child takes it out of the queue. */
static void
take_client(void)
{
	struct sockaddr_storage address;
	socklen_t address_bytes = sizeof address;

	int client = socket(AF_INET, SOCK_STREAM, 0);
	if (client == -1 ||
	    getsockname(before.queue_fd, (struct sockaddr *)&address,
	                &address_bytes) == -1 ||
	    connect(client, (struct sockaddr *)&address, address_bytes) == -1 ||
	    accept(before.queue_fd, NULL, NULL) == -1)
		err(1, "cannot accept");
}

/* In the child: changes all of it; says the number of what it has opened. */
static void
change(void)
{
	struct epoll_event event = {.events = EPOLLOUT};
	sigset_t all;

	before.variable = 1;
	*before.allocated = 1;
	*before.private_map = 1;
	*before.shared_map = 1;
	lseek(before.offset_fd, 5, SEEK_SET);
	fcntl(before.status_fd, F_SETFL, O_APPEND);
	fcntl(before.flag_fd, F_SETFD, 0);
	close(before.close_fd);
	epoll_ctl(before.epoll_fd, EPOLL_CTL_ADD, before.epoll_pipe[1], &event);
	take_client();
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	if (chdir("/proc") == -1)
		err(1, "chdir");

	int opened = file();
	dprintf(before.channel[1], "%d", opened);
	char byte;
	if (read(before.channel[1], &byte, 1) != 1) /* it has looked */
		err(1, "read");
	send_fd(before.channel[1], opened);
	lseek(opened, 7, SEEK_SET);
	if (write(before.channel[1], "", 1) != 1)
		err(1, "write");
}

static void
line(const char *what, const char *when, const char *did, bool is_shared)
{
	printf("%s\t%s\t%s\t%s\n", what, when, did,
	       is_shared ? "shared" : "own");
}

static void
look_at_memory(void)
{
	line("a variable", "before", "set it", before.variable == 1);
	line("malloc()", "before", "set it", *before.allocated == 1);
	line("mmap(), MAP_PRIVATE", "before", "set it",
	     *before.private_map == 1);
	line("mmap(), MAP_SHARED", "before", "set it", *before.shared_map == 1);
}

static void
look_at_process(void)
{
	char folder[64] = "";
	sigset_t mask;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	line("the signal mask", "before", "blocked all",
	     sigismember(&mask, SIGUSR1) == 1);
	if (getcwd(folder, sizeof folder) == NULL && errno != ERANGE)
		err(1, "getcwd");
	line("the working folder", "before", "chdir()",
	     strcmp(folder, "/proc") == 0);
}

static void
look_at_descriptors(void)
{
	struct epoll_event event;

	line("a file's offset", "before", "lseek()",
	     lseek(before.offset_fd, 0, SEEK_CUR) == 5);
	line("its status flags (O_APPEND ...)", "before", "F_SETFL",
	     (fcntl(before.status_fd, F_GETFL) & O_APPEND) != 0);
	line("the descriptor's FD_CLOEXEC", "before", "F_SETFD",
	     fcntl(before.flag_fd, F_GETFD) == 0);
	line("that the descriptor is open", "before", "close()",
	     fcntl(before.close_fd, F_GETFD) == -1);
	line("what an epoll watches", "before", "EPOLL_CTL_ADD",
	     epoll_wait(before.epoll_fd, &event, 1, 0) == 1);
	line("a listener's queue", "before", "accept()",
	     accept(before.queue_fd, NULL, NULL) == -1 && errno == EAGAIN);
}

static bool
is_same_file(int one, int other)
{
	struct stat a, b;

	return fstat(one, &a) == 0 && fstat(other, &b) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* What the child opened after the fork: its number means nothing here, until it
   comes in a message. */
static void
look_at_opened(int child_fd)
{
	char byte = 0;

	if (write(before.channel[0], &byte, 1) != 1)
		err(1, "write");
	int fd = receive_fd(before.channel[0]);
	line("the number of an open file", "after", "opened it",
	     child_fd != fd && is_same_file(child_fd, fd));
	if (read(before.channel[0], &byte, 1) != 1)
		err(1, "read");
	line("the file, passed (SCM_RIGHTS)", "after", "lseek()",
	     lseek(fd, 0, SEEK_CUR) == 7);
}

int
main(void)
{
	char number[16] = "";

	prepare();
	pid_t pid = fork();
	if (pid == -1)
		err(1, "fork");
	if (pid == 0) {
		close(before.channel[0]); /* the parent's end */
		change();
		_exit(0);
	}
	close(before.channel
	              [1]); /* the child's end: or its death goes unseen */
	if (read(before.channel[0], number, sizeof number - 1) < 1)
		err(1, "the child has failed");
	look_at_memory();
	look_at_process();
	look_at_descriptors();
	look_at_opened(atoi(number));
	return waitpid(pid, NULL, 0) == pid ? 0 : 1;
}
