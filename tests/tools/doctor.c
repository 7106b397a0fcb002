/*
 * doctor.c - what the kernel allows here; one question a run, for doctor.sh.
 *
 * Exit status 0: yes. 1: no, and why on stdout.
 */
#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int
no(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	return 1;
}

static int
ask_hello(void)
{
	return puts("hello") < 0;
}

/* Does a byte get from one end of a connection to the other? */
static int
exchange(const struct sockaddr *any, socklen_t bytes)
{
	struct sockaddr_storage address;
	int listen_fd, client_fd, served_fd;
	struct pollfd served;
	char byte = 'x';

	listen_fd = socket(any->sa_family, SOCK_STREAM, 0);
	if (listen_fd == -1)
		return no("socket");
	if (bind(listen_fd, any, bytes) == -1)
		return no("bind");
	if (listen(listen_fd, 1) == -1)
		return no("listen");
	if (getsockname(listen_fd, (struct sockaddr *)&address, &bytes) == -1)
		return no("getsockname");
	client_fd = socket(any->sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (client_fd == -1)
		return no("socket");
	if (connect(client_fd, (struct sockaddr *)&address, bytes) == -1 &&
	    errno != EINPROGRESS)
		return no("connect");
	served = (struct pollfd){.fd = listen_fd, .events = POLLIN};
	errno = ETIMEDOUT;
	if (poll(&served, 1, 3000) != 1)
		return no("connect");
	served_fd = accept(listen_fd, NULL, NULL);
	if (served_fd == -1)
		return no("accept");
	if (write(served_fd, &byte, 1) != 1)
		return no("write");
	served = (struct pollfd){.fd = client_fd, .events = POLLIN};
	errno = ETIMEDOUT;
	if (poll(&served, 1, 3000) != 1 || read(client_fd, &byte, 1) != 1)
		return no("read");
	return 0;
}

static int
ask_loopback(void)
{
	struct sockaddr_in any = {.sin_family = AF_INET};

	any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return exchange((struct sockaddr *)&any, sizeof(any));
}

static int
ask_ipv6(void)
{
	struct sockaddr_in6 any = {.sin6_family = AF_INET6};

	any.sin6_addr = in6addr_loopback;
	return exchange((struct sockaddr *)&any, sizeof(any));
}

static int
ask_port(void)
{
	struct sockaddr_in port = {.sin_family = AF_INET};
	int fd, yes = 1;

	port.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	port.sin_port = htons(8080);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd == -1)
		return no("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(fd, (struct sockaddr *)&port, sizeof(port)) == -1 ||
	    listen(fd, 1) == -1)
		return no("127.0.0.1:8080");
	return 0;
}

static int
ask_openat2(void)
{
#ifdef SYS_openat2
	/* struct open_how of <linux/openat2.h>, which old headers lack. */
	struct {
		uint64_t flags, mode, resolve;
	} how = {.flags = O_RDONLY | O_CLOEXEC,
	         .resolve = 0x08 | 0x02}; /* BENEATH, NO_MAGICLINKS */

	if (syscall(SYS_openat2, AT_FDCWD, ".", &how, sizeof(how)) == -1)
		return no("openat2");
	return 0;
#else
	errno = ENOSYS;
	return no("the headers have no openat2");
#endif
}

/* Can a parent see that its child waits in a system call? The tests look at a
   server in the same way. */
static int
ask_syscall(void)
{
	const struct timespec moment = {.tv_nsec = 10000000};
	int ends[2], fd, tries, result = 1;
	char path[64], text[64];
	ssize_t bytes;
	pid_t child;

	if (pipe(ends) == -1)
		return no("pipe");
	child = fork();
	if (child == -1)
		return no("fork");
	if (child == 0) {
		close(ends[1]); /* else the read would never see the end */
		_exit(read(ends[0], text, 1) != 0);
	}
	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)child);
	errno = 0;
	for (tries = 0; tries < 200 && result != 0; tries++) {
		fd = open(path, O_RDONLY);
		bytes = fd == -1 ? -1 : read(fd, text, sizeof(text) - 1);
		if (bytes == -1)
			break;
		close(fd);
		text[bytes] = '\0';
		if (bytes > 0 && text[0] >= '0' && text[0] <= '9')
			result = 0;
		else
			nanosleep(&moment, NULL);
	}
	if (result != 0)
		no(path);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return result;
}

/* Not a question of yes or no: the number itself. */
static int
ask_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return no("getrlimit");
	if (limit.rlim_max > INT_MAX)
		limit.rlim_max = INT_MAX;
	printf("%d\n", (int)limit.rlim_max);
	return 0;
}

static int
ask_userns(void)
{
	return unshare(CLONE_NEWUSER) == -1 ? no("unshare") : 0;
}

int
main(int argc, char *argv[])
{
	static const struct {
		const char *question;
		int (*ask)(void);
	} table[] = {
		{"hello", ask_hello},     {"ipv6", ask_ipv6},
		{"limit", ask_limit},     {"loopback", ask_loopback},
		{"openat2", ask_openat2}, {"port", ask_port},
		{"syscall", ask_syscall}, {"userns", ask_userns},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (argc == 2 && strcmp(argv[1], table[i].question) == 0)
			return table[i].ask();
	fprintf(stderr, "usage: doctor QUESTION\n");
	return 2;
}
