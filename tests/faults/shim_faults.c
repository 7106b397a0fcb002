/*
 * shim_faults.c - between a server and the system: makes calls go wrong.
 *
 *	LD_PRELOAD=build/stage1/shim_faults.so LTP_FAULTS="seed=42,rate=10,kinds=short+eintr" \
 *		build/server
 *
 * All that it does the kernel may do as well, on a bad day: transfer less than
 * was asked for, interrupt a call, have nothing after all, have no descriptor.
 *
 *	seed=N		the same calls in the same order meet the same faults
 *	rate=PERCENT	of the calls; at most 3 errors in a row are made up
 *	kinds=A+B+...	short, eintr, eagain, emfile (also ENFILE), aborted
 *			(ECONNABORTED, EPROTO), nobufs (ENOBUFS, ENOMEM); or a
 *			CALL_ERRNO of accept, recv, send, sendfile, pread, open,
 *			memfd, wait: just this error of just these calls
 *	count=N		a CALL_ERRNO is not left to chance: it is what the first
 *			N of these calls say
 *	size=BYTES	a short transfer has this size; without it any is possible
 *
 * - It begins when the server first waits for events after listen(), in each
 *   process anew: starting up is not what is tested here.
 * - A process made by fork() has a stream of chance of its own. It depends on
 *   the seed and on how many were made before, not on the pid.
 * - Edge-triggered epoll announces a descriptor once. It must hear of it again
 *   after a fault, since nothing will change in the kernel: EPOLL_CTL_MOD. That
 *   is not possible for EPOLLEXCLUSIVE, so there are no such faults there.
 * - Only what can happen is made up: no EAGAIN where the descriptor blocks or
 *   what is sent always fits, no short read of a datagram or a signalfd, no
 *   EINTR of close().
 * - It allocates nothing, and keeps errno unless it sets it.
 * - For one thread per process. Not handled: splice(), readv() and the like,
 *   and a descriptor in several epoll instances.
 */
#define _GNU_SOURCE
#undef _FORTIFY_SOURCE /* its inline functions are called like ours */
#include "faults.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	ERRORS_IN_A_ROW = 3,
	FD_MAX = 65536,  /* descriptors beyond are not tampered with */
	IOV_USUAL = 16,  /* longer vectors are passed on as they are */
	TARGETS_MAX = 8, /* CALL_ERRNOs at once */
};

/* Calls that fail alike. */
enum call {
	CALL_ACCEPT,
	CALL_RECV,
	CALL_SEND,
	CALL_SENDFILE,
	CALL_PREAD, /* of a regular file; read() too */
	CALL_OPEN,
	CALL_MEMFD,
	CALL_WAIT,
	CALL_COUNT,
};

enum kind {
	SHORT = 1,
	EINTRS = 2,
	EAGAINS = 4,
	EMFILES = 8,
	ABORTED = 16,
	NOBUFS = 32,
	KIND_COUNT = 6,
};

static const struct {
	const char *name;
	unsigned kinds; /* that can happen to it */
} calls[CALL_COUNT] = {
	[CALL_ACCEPT] = {"accept",
                         EINTRS | EAGAINS | EMFILES | ABORTED | NOBUFS},
	[CALL_RECV] = {"recv", SHORT | EINTRS | EAGAINS},
	[CALL_SEND] = {"send", SHORT | EINTRS | EAGAINS},
	[CALL_SENDFILE] = {"sendfile", SHORT | EINTRS | EAGAINS},
	[CALL_PREAD] = {"pread", SHORT | EINTRS},
	[CALL_OPEN] = {"open", EINTRS | EMFILES},
	[CALL_MEMFD] = {"memfd", EMFILES},
	[CALL_WAIT] = {"wait", EINTRS},
};

/* Of each kind the errors; the second one of two is as good as the first. */
static const struct {
	const char *name;
	int errors[2];
} kinds[KIND_COUNT] = {
	{"short", {0, 0}},
	{"eintr", {EINTR, EINTR}},
	{"eagain", {EAGAIN, EAGAIN}},
	{"emfile", {EMFILE, ENFILE}},
	{"aborted", {ECONNABORTED, EPROTO}},
	{"nobufs", {ENOBUFS, ENOMEM}},
};

static const struct {
	const char *name;
	int number;
} errors[] = {
	{"EINTR", EINTR},
	{"EAGAIN", EAGAIN},
	{"EMFILE", EMFILE},
	{"ENFILE", ENFILE},
	{"ECONNABORTED", ECONNABORTED},
	{"EPROTO", EPROTO},
	{"ENOBUFS", ENOBUFS},
	{"ENOMEM", ENOMEM},
	{"EPERM", EPERM},
	{"ENETDOWN", ENETDOWN},
	{"ETIMEDOUT", ETIMEDOUT},
	{"EHOSTUNREACH", EHOSTUNREACH},
	{"EPIPE", EPIPE},
	{"ECONNRESET", ECONNRESET},
	{"EIO", EIO},
	{"EACCES", EACCES},
	{"ETOOMANYREFS", ETOOMANYREFS},
};

enum { ERROR_COUNT = sizeof errors / sizeof errors[0] };

/* What is to go wrong with one call. */
struct fault {
	int error;        /* 0: none */
	size_t bytes;     /* 0: as many as asked for */
	enum call call;   /* for the log: */
	const char *name; /* the function's */
	int fd;
	size_t asked_bytes;
};

/* What we know of a descriptor that epoll watches. */
struct watched {
	int epoll_fd;
	bool is_watched;
	struct epoll_event event;
};

/* Of this process; a child has a copy. */
static struct {
	uint64_t random;
	uint64_t seed;
	unsigned rate;
	unsigned kinds;
	size_t size;
	long count; /* -1: by chance */
	struct {
		enum call call;
		int error;
		long left;
	} targets[TARGETS_MAX];
	size_t target_count;
	unsigned errors_in_a_row[CALL_COUNT];

	unsigned fork_count;
	bool is_child;
	bool has_listener;
	bool has_begun;
} shim;

static struct watched watched[FD_MAX];
static struct faults_state no_state;
static struct faults_state *state = &no_state;
static char *log_lines; /* NULL: there is no log */

/* The real function. */
static void *
find(void **slot, const char *name)
{
	if (*slot == NULL)
		*slot = dlsym(RTLD_NEXT, name);
	if (*slot == NULL)
		abort(); /* the server calls what libc does not have */
	return *slot;
}

#define REAL(name)                                                             \
	__extension__({                                                        \
		static void *slot_;                                            \
		(__typeof__(name) *)find(&slot_, #name);                       \
	})

/* ---- Chance ---- */

/* splitmix64: neighbouring numbers become ones far apart. */
static uint64_t
mix(uint64_t number)
{
	number += 0x9e3779b97f4a7c15;
	number = (number ^ number >> 30) * 0xbf58476d1ce4e5b9;
	number = (number ^ number >> 27) * 0x94d049bb133111eb;
	return number ^ number >> 31;
}

static void
seed_random(void)
{
	shim.random = mix(shim.seed ^ mix(shim.fork_count)) | 1;
}

/* A number below `limit`: xorshift64*. */
static uint64_t
draw(uint64_t limit)
{
	shim.random ^= shim.random >> 12;
	shim.random ^= shim.random << 25;
	shim.random ^= shim.random >> 27;
	return (shim.random * 0x2545f4914f6cdd1d >> 11) % limit;
}

/* ---- The start ---- */

static bool
read_target(const char *word, size_t length)
{
	for (int call = 0; call < CALL_COUNT; call++) {
		size_t head = strlen(calls[call].name);
		if (head + 1 >= length || word[head] != '_' ||
		    strncmp(word, calls[call].name, head) != 0)
			continue;
		for (size_t i = 0; i < ERROR_COUNT; i++) {
			if (strlen(errors[i].name) != length - head - 1 ||
			    strncmp(errors[i].name, word + head + 1,
			            length - head - 1) != 0 ||
			    shim.target_count == TARGETS_MAX)
				continue;
			shim.targets[shim.target_count].call = (enum call)call;
			shim.targets[shim.target_count].error =
				errors[i].number;
			shim.target_count++;
			return true;
		}
	}
	return false;
}

static bool
read_kind(const char *word, size_t length)
{
	for (unsigned i = 0; i < KIND_COUNT; i++) {
		if (strlen(kinds[i].name) == length &&
		    strncmp(kinds[i].name, word, length) == 0) {
			shim.kinds |= 1U << i;
			return true;
		}
	}
	return read_target(word, length);
}

static void
complain(const char *what)
{
	dprintf(STDERR_FILENO, "LTP_FAULTS: cannot understand '%s'\n", what);
	_exit(2);
}

static void
read_kinds(const char *text, size_t length)
{
	const char *end = text + length;

	while (text < end) {
		const char *plus = memchr(text, '+', (size_t)(end - text));
		const char *word_end = plus == NULL ? end : plus;
		if (!read_kind(text, (size_t)(word_end - text)))
			complain(text);
		text = word_end + 1;
	}
}

static void
read_setting(const char *text, size_t length)
{
	if (strncmp(text, "seed=", 5) == 0)
		shim.seed = strtoull(text + 5, NULL, 10);
	else if (strncmp(text, "rate=", 5) == 0)
		shim.rate = (unsigned)strtoul(text + 5, NULL, 10);
	else if (strncmp(text, "count=", 6) == 0)
		shim.count = strtol(text + 6, NULL, 10);
	else if (strncmp(text, "size=", 5) == 0)
		shim.size = strtoul(text + 5, NULL, 10);
	else if (strncmp(text, "kinds=", 6) == 0)
		read_kinds(text + 6, length - 6);
	else
		complain(text);
}

/* A file of the folder as memory that other processes see. */
static void *
map_file(const char *folder, const char *name, size_t bytes)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	int fd = REAL(open)(path, O_RDWR | O_CLOEXEC);
	if (fd == -1)
		return NULL;
	void *memory =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return memory == MAP_FAILED ? NULL : memory;
}

static void
before_fork(void)
{
	shim.fork_count++;
}

static void
in_child(void)
{
	seed_random();
	shim.is_child = true;
	shim.has_begun = false;
	memset(shim.errors_in_a_row, 0, sizeof shim.errors_in_a_row);
}

__attribute__((constructor)) static void
start(void)
{
	const char *text = getenv("LTP_FAULTS");
	const char *folder = getenv("LTP_FAULTS_FOLDER");

	shim.count = -1;
	while (text != NULL && *text != '\0') {
		size_t length = strcspn(text, ",");
		read_setting(text, length);
		text += length + (text[length] == ',');
	}
	for (size_t i = 0; i < shim.target_count; i++)
		shim.targets[i].left = shim.count;
	seed_random();
	pthread_atfork(before_fork, NULL, in_child);
	if (folder != NULL) {
		void *memory = map_file(folder, FAULTS_STATE, sizeof *state);
		if (memory != NULL)
			state = memory;
		log_lines = map_file(folder, FAULTS_LOG,
		                     FAULTS_LINES * FAULTS_LINE_BYTES);
	}
	state->is_loaded = 1;
}

/* ---- What goes wrong ---- */

static const char *
error_name(int error)
{
	for (size_t i = 0; i < ERROR_COUNT; i++)
		if (errors[i].number == error)
			return errors[i].name;
	return "?";
}

/* It has happened. (snprintf() of numbers and short strings allocates nothing.)
 */
static void
log_fault(const struct fault *fault)
{
	uint32_t index = __atomic_fetch_add(&state->count, 1, __ATOMIC_RELAXED);
	char line[FAULTS_LINE_BYTES + 64];
	char what[32];

	if (log_lines == NULL)
		return;
	if (fault->error != 0)
		snprintf(what, sizeof what, "%s", error_name(fault->error));
	else
		snprintf(what, sizeof what, "%zu of %zu", fault->bytes,
		         fault->asked_bytes);
	int length =
		snprintf(line, sizeof line, "%7u pid %d: %s(%d): %s", index + 1,
	                 (int)getpid(), fault->name, fault->fd, what);
	if (length > FAULTS_LINE_BYTES - 1)
		length = FAULTS_LINE_BYTES - 1;
	memset(line + length, ' ', sizeof line - (size_t)length);
	line[FAULTS_LINE_BYTES - 1] = '\n';
	memcpy(log_lines + index % FAULTS_LINES * FAULTS_LINE_BYTES, line,
	       FAULTS_LINE_BYTES);
}

static bool
is_active(void)
{
	return shim.has_begun && !state->is_off;
}

static bool
is_nonblocking(int fd, int flags)
{
	int file_flags = fcntl(fd, F_GETFL);

	return (flags & MSG_DONTWAIT) ||
	       (file_flags != -1 && (file_flags & O_NONBLOCK));
}

static bool
is_socket_of(int fd, int option, int value)
{
	int is = 0;
	socklen_t is_bytes = sizeof is;

	return getsockopt(fd, SOL_SOCKET, option, &is, &is_bytes) == 0 &&
	       is == value;
}

static bool
is_stream(int fd)
{
	return is_socket_of(fd, SO_TYPE, SOCK_STREAM);
}

/* Does something that is sent always fit? The few bytes that processes of one
   program send each other may rely on it; a descriptor with them may not. */
static bool
always_fits(int fd, enum call call, const char *name)
{
	return call == CALL_SEND && strcmp(name, "sendmsg") != 0 &&
	       is_socket_of(fd, SO_DOMAIN, AF_UNIX);
}

static bool
is_regular(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

static struct watched *
find_watched(int fd)
{
	if (fd < 0 || fd >= FD_MAX || !watched[fd].is_watched)
		return NULL;
	return &watched[fd];
}

/* Edge-triggered for several processes: we could not announce it again. */
static bool
is_exclusive(int fd)
{
	const struct watched *entry = find_watched(fd);

	return entry != NULL && (entry->event.events & EPOLLEXCLUSIVE);
}

/* No edge will follow what we made up: let the kernel look again. */
static void
announce_again(int fd)
{
	struct watched *entry = find_watched(fd);
	int saved_errno = errno;

	if (entry != NULL && (entry->event.events & EPOLLET) &&
	    !(entry->event.events & (EPOLLONESHOT | EPOLLEXCLUSIVE)))
		(void)REAL(epoll_ctl)(entry->epoll_fd, EPOLL_CTL_MOD, fd,
		                      &entry->event);
	errno = saved_errno;
}

/* The error that this call was to have among its first ones, or by chance. */
static int
targeted_error(enum call call)
{
	for (size_t i = 0; i < shim.target_count; i++) {
		if (shim.targets[i].call != call)
			continue;
		if (shim.count == -1) {
			if (draw(100) < shim.rate)
				return shim.targets[i].error;
		} else if (shim.targets[i].left > 0) {
			shim.targets[i].left--;
			return shim.targets[i].error;
		}
	}
	return 0;
}

/* One of the kinds in the set, or 0 if there is none. */
static unsigned
draw_kind(unsigned set)
{
	unsigned chosen = (unsigned)draw(KIND_COUNT);

	if (set == 0)
		return 0;
	while (!(set & 1U << chosen))
		chosen = (chosen + 1) % KIND_COUNT;
	return 1U << chosen;
}

static void
choose_kind(struct fault *fault, unsigned kind)
{
	if (kind == SHORT) {
		size_t most = fault->asked_bytes - 1;
		if (shim.size == 0)
			fault->bytes = 1 + draw(most);
		else
			fault->bytes = shim.size < most ? shim.size : most;
		return;
	}
	for (unsigned i = 0; i < KIND_COUNT; i++)
		if (kind == 1U << i)
			fault->error = kinds[i].errors[draw(2)];
}

/*
 * Decides what happens to this call: nothing, an error, or fewer bytes. With an
 * error it has happened and errno is set.
 */
static struct fault
choose(enum call call, const char *name, int fd, size_t asked_bytes,
       unsigned possible)
{
	struct fault fault = {
		.call = call,
		.name = name,
		.fd = fd,
		.asked_bytes = asked_bytes,
	};

	if (!is_active())
		return fault;
	fault.error = targeted_error(call);
	possible &= shim.kinds & calls[call].kinds;
	if (asked_bytes < 2)
		possible &= ~(unsigned)SHORT;
	if (shim.errors_in_a_row[call] >= ERRORS_IN_A_ROW)
		possible &= SHORT;
	if (fault.error == 0 && possible != 0 && draw(100) < shim.rate)
		choose_kind(&fault, draw_kind(possible));
	if (fault.error == 0) {
		shim.errors_in_a_row[call] = 0;
		return fault;
	}
	shim.errors_in_a_row[call]++;
	if (fault.error == EAGAIN)
		announce_again(fd);
	log_fault(&fault);
	errno = fault.error;
	return fault;
}

/* The same for bytes to or from a descriptor. What it is decides what can
   happen to it. */
static struct fault
choose_transfer(enum call call, const char *name, int fd, size_t asked_bytes,
                int flags)
{
	int saved_errno = errno;
	unsigned possible = 0;

	if (is_active() && fd > STDERR_FILENO) {
		if (is_stream(fd)) {
			possible = SHORT | EINTRS;
			if (is_nonblocking(fd, flags))
				possible |= EAGAINS;
			if (always_fits(fd, call, name))
				possible = EINTRS;
		} else if (call == CALL_RECV && is_regular(fd)) {
			call = CALL_PREAD;
			possible = SHORT | EINTRS;
		} else {
			call = CALL_COUNT;
		}
		if (flags & (MSG_PEEK | MSG_OOB | MSG_ERRQUEUE | MSG_WAITALL))
			possible &= ~(unsigned)SHORT;
		if (is_exclusive(fd))
			possible &= EINTRS;
	}
	errno = saved_errno;
	if (call == CALL_COUNT || fd <= STDERR_FILENO)
		return (struct fault){0};
	return choose(call, name, fd, asked_bytes, possible);
}

/* After the real call: did it do as many bytes as we allowed? Then there may
   have been more. */
static ssize_t
finish(const struct fault *fault, ssize_t done)
{
	if (fault->bytes != 0 && done == (ssize_t)fault->bytes) {
		log_fault(fault);
		announce_again(fault->fd);
	}
	return done;
}

static size_t
allowed(const struct fault *fault, size_t asked)
{
	return fault->bytes != 0 ? fault->bytes : asked;
}

/* Some call of the server that waits for events: it has started. */
static void
begin(void)
{
	const char *hello;

	if (!shim.has_listener || shim.has_begun)
		return;
	shim.has_begun = true;
	hello = getenv("LTP_FAULTS_HELLO");
	if (hello != NULL && !shim.is_child)
		dprintf(STDERR_FILENO, "%s\n", hello);
}

/* ---- Receiving ---- */

ssize_t
recv(int fd, void *bytes, size_t asked, int flags)
{
	struct fault fault =
		choose_transfer(CALL_RECV, "recv", fd, asked, flags);

	if (fault.error != 0)
		return -1;
	return finish(&fault,
	              REAL(recv)(fd, bytes, allowed(&fault, asked), flags));
}

ssize_t
recvfrom(int fd, void *bytes, size_t asked, int flags, __SOCKADDR_ARG address,
         socklen_t *address_bytes)
{
	struct fault fault =
		choose_transfer(CALL_RECV, "recvfrom", fd, asked, flags);

	if (fault.error != 0)
		return -1;
	return finish(&fault, REAL(recvfrom)(fd, bytes, allowed(&fault, asked),
	                                     flags, address, address_bytes));
}

ssize_t
read(int fd, void *bytes, size_t asked)
{
	struct fault fault = choose_transfer(CALL_RECV, "read", fd, asked, 0);

	if (fault.error != 0)
		return -1;
	return finish(&fault, REAL(read)(fd, bytes, allowed(&fault, asked)));
}

static struct fault
choose_pread(int fd, size_t asked)
{
	unsigned possible = is_active() && is_regular(fd) ? SHORT | EINTRS : 0;

	return choose(CALL_PREAD, "pread", fd, asked, possible);
}

ssize_t
pread(int fd, void *bytes, size_t asked, off_t offset)
{
	struct fault fault = choose_pread(fd, asked);

	if (fault.error != 0)
		return -1;
	return finish(&fault,
	              REAL(pread)(fd, bytes, allowed(&fault, asked), offset));
}

ssize_t
pread64(int fd, void *bytes, size_t asked, off64_t offset)
{
	struct fault fault = choose_pread(fd, asked);

	if (fault.error != 0)
		return -1;
	return finish(&fault,
	              REAL(pread64)(fd, bytes, allowed(&fault, asked), offset));
}

/* With _FORTIFY_SOURCE the compiler calls these when it knows how large the
   memory is. The check remains. */
ssize_t __recv_chk(int fd, void *bytes, size_t asked, size_t room, int flags);
ssize_t __recvfrom_chk(int fd, void *bytes, size_t asked, size_t room,
                       int flags, struct sockaddr *address,
                       socklen_t *address_bytes);
ssize_t __read_chk(int fd, void *bytes, size_t asked, size_t room);
ssize_t __pread_chk(int fd, void *bytes, size_t asked, off_t offset,
                    size_t room);
ssize_t __pread64_chk(int fd, void *bytes, size_t asked, off64_t offset,
                      size_t room);

ssize_t
__recv_chk(int fd, void *bytes, size_t asked, size_t room, int flags)
{
	if (asked > room)
		return REAL(__recv_chk)(fd, bytes, asked, room, flags);
	return recv(fd, bytes, asked, flags);
}

ssize_t
__recvfrom_chk(int fd, void *bytes, size_t asked, size_t room, int flags,
               struct sockaddr *address, socklen_t *address_bytes)
{
	if (asked > room)
		return REAL(__recvfrom_chk)(fd, bytes, asked, room, flags,
		                            address, address_bytes);
	return recvfrom(fd, bytes, asked, flags, address, address_bytes);
}

ssize_t
__read_chk(int fd, void *bytes, size_t asked, size_t room)
{
	if (asked > room)
		return REAL(__read_chk)(fd, bytes, asked, room);
	return read(fd, bytes, asked);
}

ssize_t
__pread_chk(int fd, void *bytes, size_t asked, off_t offset, size_t room)
{
	if (asked > room)
		return REAL(__pread_chk)(fd, bytes, asked, offset, room);
	return pread(fd, bytes, asked, offset);
}

ssize_t
__pread64_chk(int fd, void *bytes, size_t asked, off64_t offset, size_t room)
{
	if (asked > room)
		return REAL(__pread64_chk)(fd, bytes, asked, offset, room);
	return pread64(fd, bytes, asked, offset);
}

/* ---- Sending ---- */

ssize_t
send(int fd, const void *bytes, size_t asked, int flags)
{
	struct fault fault =
		choose_transfer(CALL_SEND, "send", fd, asked, flags);

	if (fault.error != 0)
		return -1;
	return finish(&fault,
	              REAL(send)(fd, bytes, allowed(&fault, asked), flags));
}

ssize_t
sendto(int fd, const void *bytes, size_t asked, int flags,
       __CONST_SOCKADDR_ARG address, socklen_t address_bytes)
{
	struct fault fault =
		choose_transfer(CALL_SEND, "sendto", fd, asked, flags);

	if (fault.error != 0)
		return -1;
	return finish(&fault, REAL(sendto)(fd, bytes, allowed(&fault, asked),
	                                   flags, address, address_bytes));
}

ssize_t
write(int fd, const void *bytes, size_t asked)
{
	struct fault fault = choose_transfer(CALL_SEND, "write", fd, asked, 0);

	if (fault.error != 0)
		return -1;
	return finish(&fault, REAL(write)(fd, bytes, allowed(&fault, asked)));
}

ssize_t
sendfile(int out_fd, int in_fd, off_t *offset, size_t asked)
{
	struct fault fault =
		choose_transfer(CALL_SENDFILE, "sendfile", out_fd, asked, 0);

	if (fault.error != 0)
		return -1;
	return finish(&fault, REAL(sendfile)(out_fd, in_fd, offset,
	                                     allowed(&fault, asked)));
}

ssize_t
sendfile64(int out_fd, int in_fd, off64_t *offset, size_t asked)
{
	struct fault fault =
		choose_transfer(CALL_SENDFILE, "sendfile", out_fd, asked, 0);

	if (fault.error != 0)
		return -1;
	return finish(&fault, REAL(sendfile64)(out_fd, in_fd, offset,
	                                       allowed(&fault, asked)));
}

/* ---- Vectors ---- */

static size_t
vector_bytes(const struct iovec *vector, size_t count)
{
	size_t bytes = 0;

	for (size_t i = 0; i < count; i++)
		bytes += vector[i].iov_len;
	return bytes;
}

/* Copies the beginning of the vector, so many bytes long, and returns how many
   parts that are. */
static size_t
cut_vector(struct iovec *cut, const struct iovec *vector, size_t bytes)
{
	size_t count = 0;

	for (; bytes > 0; count++) {
		cut[count] = vector[count];
		if (cut[count].iov_len > bytes)
			cut[count].iov_len = bytes;
		bytes -= cut[count].iov_len;
	}
	return count;
}

ssize_t
writev(int fd, const struct iovec *vector, int count)
{
	struct iovec cut[IOV_USUAL];

	if (count < 0 || count > IOV_USUAL)
		return REAL(writev)(fd, vector, count);
	struct fault fault =
		choose_transfer(CALL_SEND, "writev", fd,
	                        vector_bytes(vector, (size_t)count), 0);
	if (fault.error != 0)
		return -1;
	if (fault.bytes != 0) {
		count = (int)cut_vector(cut, vector, fault.bytes);
		vector = cut;
	}
	return finish(&fault, REAL(writev)(fd, vector, count));
}

ssize_t
sendmsg(int fd, const struct msghdr *message, int flags)
{
	struct iovec cut[IOV_USUAL];
	struct msghdr shorter = *message;

	if (message->msg_iovlen > IOV_USUAL)
		return REAL(sendmsg)(fd, message, flags);
	struct fault fault = choose_transfer(
		CALL_SEND, "sendmsg", fd,
		vector_bytes(message->msg_iov, message->msg_iovlen), flags);
	if (fault.error != 0)
		return -1;
	if (fault.bytes == 0)
		return REAL(sendmsg)(fd, message, flags);
	shorter.msg_iovlen = cut_vector(cut, message->msg_iov, fault.bytes);
	shorter.msg_iov = cut;
	return finish(&fault, REAL(sendmsg)(fd, &shorter, flags));
}

ssize_t
recvmsg(int fd, struct msghdr *message, int flags)
{
	struct iovec cut[IOV_USUAL];
	struct iovec *vector = message->msg_iov;
	__typeof__(message->msg_iovlen) count = message->msg_iovlen;

	if (count > IOV_USUAL)
		return REAL(recvmsg)(fd, message, flags);
	struct fault fault = choose_transfer(
		CALL_RECV, "recvmsg", fd, vector_bytes(vector, count), flags);
	if (fault.error != 0)
		return -1;
	if (fault.bytes != 0) {
		message->msg_iovlen = cut_vector(cut, vector, fault.bytes);
		message->msg_iov = cut;
	}
	ssize_t done = REAL(recvmsg)(fd, message, flags);
	message->msg_iov = vector;
	message->msg_iovlen = count;
	return finish(&fault, done);
}

/* ---- New descriptors ---- */

int
listen(int fd, int backlog)
{
	shim.has_listener = true;
	return REAL(listen)(fd, backlog);
}

static struct fault
choose_accept(const char *name, int fd)
{
	int saved_errno = errno;
	unsigned possible = EINTRS | EMFILES | ABORTED | NOBUFS;

	begin();
	if (is_active() && is_nonblocking(fd, 0) && !is_exclusive(fd))
		possible |= EAGAINS;
	errno = saved_errno;
	return choose(CALL_ACCEPT, name, fd, 0, possible);
}

int
accept(int fd, __SOCKADDR_ARG address, socklen_t *address_bytes)
{
	if (choose_accept("accept", fd).error != 0)
		return -1;
	return REAL(accept)(fd, address, address_bytes);
}

int
accept4(int fd, __SOCKADDR_ARG address, socklen_t *address_bytes, int flags)
{
	if (choose_accept("accept4", fd).error != 0)
		return -1;
	return REAL(accept4)(fd, address, address_bytes, flags);
}

static bool
open_fails(const char *name, int folder_fd)
{
	return choose(CALL_OPEN, name, folder_fd, 0, EINTRS | EMFILES).error !=
	       0;
}

static bool
has_mode(int flags)
{
	return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
}

/* The third or fourth argument is there only if a file may be made. */
#define MODE_ARGUMENT(flags)                                                   \
	mode_t mode = 0;                                                       \
	if (has_mode(flags)) {                                                 \
		va_list arguments;                                             \
		va_start(arguments, flags);                                    \
		mode = (mode_t)va_arg(arguments, unsigned);                    \
		va_end(arguments);                                             \
	}

int
open(const char *path, int flags, ...)
{
	MODE_ARGUMENT(flags)
	if (open_fails("open", AT_FDCWD))
		return -1;
	return REAL(open)(path, flags, mode);
}

int
open64(const char *path, int flags, ...)
{
	MODE_ARGUMENT(flags)
	if (open_fails("open", AT_FDCWD))
		return -1;
	return REAL(open64)(path, flags, mode);
}

int
openat(int folder_fd, const char *path, int flags, ...)
{
	MODE_ARGUMENT(flags)
	if (open_fails("openat", folder_fd))
		return -1;
	return REAL(openat)(folder_fd, path, flags, mode);
}

int
openat64(int folder_fd, const char *path, int flags, ...)
{
	MODE_ARGUMENT(flags)
	if (open_fails("openat", folder_fd))
		return -1;
	return REAL(openat64)(folder_fd, path, flags, mode);
}

/* The fortified ones, for flags that the compiler does not know. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int folder_fd, const char *path, int flags);
int __openat64_2(int folder_fd, const char *path, int flags);

int
__open_2(const char *path, int flags)
{
	return open_fails("open", AT_FDCWD) ? -1 : REAL(__open_2)(path, flags);
}

int
__open64_2(const char *path, int flags)
{
	return open_fails("open", AT_FDCWD) ? -1
	                                    : REAL(__open64_2)(path, flags);
}

int
__openat_2(int folder_fd, const char *path, int flags)
{
	return open_fails("openat", folder_fd)
	               ? -1
	               : REAL(__openat_2)(folder_fd, path, flags);
}

int
__openat64_2(int folder_fd, const char *path, int flags)
{
	return open_fails("openat", folder_fd)
	               ? -1
	               : REAL(__openat64_2)(folder_fd, path, flags);
}

int
memfd_create(const char *name, unsigned flags)
{
	if (choose(CALL_MEMFD, "memfd_create", -1, 0, EMFILES).error != 0)
		return -1;
	return REAL(memfd_create)(name, flags);
}

/*
 * The calls that libc has no function for. How many arguments there are only
 * the kernel knows: six, as syscall() itself does it, of which some may be what
 * happened to be in a register or on the stack.
 */
__attribute__((no_sanitize_address)) long
syscall(long number, ...)
{
	va_list arguments;
	long a[6];
	bool fails = false;

	va_start(arguments, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(arguments, long);
	va_end(arguments);
#ifdef SYS_openat2
	if (number == SYS_openat2)
		fails = open_fails("openat2", (int)a[0]);
#endif
	if (number == SYS_openat)
		fails = open_fails("openat", (int)a[0]);
#ifdef SYS_memfd_create
	if (number == SYS_memfd_create)
		fails = choose(CALL_MEMFD, "memfd_create", -1, 0, EMFILES)
		                .error != 0;
#endif
	if (fails)
		return -1;
	return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* ---- Waiting ---- */

static bool
wait_fails(const char *name, int fd)
{
	begin();
	return choose(CALL_WAIT, name, fd, 0, EINTRS).error != 0;
}

int
select(int fd_count, fd_set *readable, fd_set *writable, fd_set *exceptional,
       struct timeval *timeout)
{
	if (wait_fails("select", -1))
		return -1;
	return REAL(select)(fd_count, readable, writable, exceptional, timeout);
}

int
pselect(int fd_count, fd_set *readable, fd_set *writable, fd_set *exceptional,
        const struct timespec *timeout, const sigset_t *mask)
{
	if (wait_fails("pselect", -1))
		return -1;
	return REAL(pselect)(fd_count, readable, writable, exceptional, timeout,
	                     mask);
}

int
poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	if (wait_fails("poll", -1))
		return -1;
	return REAL(poll)(fds, count, timeout_ms);
}

int
ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
      const sigset_t *mask)
{
	if (wait_fails("ppoll", -1))
		return -1;
	return REAL(ppoll)(fds, count, timeout, mask);
}

/* Fewer events at once are possible as well: the others come next time. */
static int
event_limit(int limit)
{
	if (limit > 1 && is_active() && (shim.kinds & SHORT) &&
	    draw(100) < shim.rate)
		return shim.size != 0 ? 1 : 1 + (int)draw((unsigned)limit);
	return limit;
}

int
epoll_wait(int fd, struct epoll_event *events, int limit, int timeout_ms)
{
	if (wait_fails("epoll_wait", fd))
		return -1;
	return REAL(epoll_wait)(fd, events, event_limit(limit), timeout_ms);
}

int
epoll_pwait(int fd, struct epoll_event *events, int limit, int timeout_ms,
            const sigset_t *mask)
{
	if (wait_fails("epoll_pwait", fd))
		return -1;
	return REAL(epoll_pwait)(fd, events, event_limit(limit), timeout_ms,
	                         mask);
}

int
epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event)
{
	int result = REAL(epoll_ctl)(epoll_fd, operation, fd, event);

	if (result == 0 && fd >= 0 && fd < FD_MAX) {
		watched[fd].is_watched = operation != EPOLL_CTL_DEL;
		watched[fd].epoll_fd = epoll_fd;
		if (event != NULL && operation != EPOLL_CTL_DEL)
			watched[fd].event = *event;
	}
	return result;
}
