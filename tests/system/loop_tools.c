/*
 * loop_tools.c - what the tests of the event loop have in common.
 */
#define _GNU_SOURCE
#include "loop_tools.h"

#include "harness/graded.h"
#include "harness/proc.h"
#include "harness/root.h"
#include "harness/wait.h"

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { PIDS_MAX = 256 };

static const char half[] = "GET /hello.txt HTTP/1.1\r\nHost: te";
static const char other_half[] = "st\r\n\r\n";

const char *
one_worker(void)
{
#if STAGE >= 3
	return "--workers=1";
#else
	return NULL;
#endif
}

struct subject *
start_one_worker(const char *first, const char *second)
{
	const char *arguments[4] = {NULL};
	size_t count = 0;

	if (first != NULL)
		arguments[count++] = first;
	if (second != NULL)
		arguments[count++] = second;
	arguments[count] = one_worker();
	return subject_start_with(
		&(struct subject_options){.arguments = arguments});
}

void
stop_all(const struct subject *server)
{
	pid_t pids[PIDS_MAX];
	size_t count = subject_pids(server, pids, PIDS_MAX);

	for (size_t i = 0; i < count; i++)
		proc_stop(pids[i]);
}

void
continue_all(const struct subject *server)
{
	pid_t pids[PIDS_MAX];
	size_t count = subject_pids(server, pids, PIDS_MAX);

	while (count > 0)
		proc_continue(pids[--count]);
}

int64_t
all_switches(const struct subject *server)
{
	pid_t pids[PIDS_MAX];
	size_t count = subject_pids(server, pids, PIDS_MAX);
	int64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += proc_voluntary_switches(pids[i]);
	return sum;
}

int64_t
all_cpu_ns(const struct subject *server)
{
	pid_t pids[PIDS_MAX];
	size_t count = subject_pids(server, pids, PIDS_MAX);
	int64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += proc_cpu_ns(pids[i]);
	return sum;
}

size_t
all_fds(const struct subject *server)
{
	pid_t pids[PIDS_MAX];
	size_t count = subject_pids(server, pids, PIDS_MAX);
	size_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += proc_fd_count(pids[i]);
	return sum;
}

void
wait_all_fds(const struct subject *server, size_t count, const char *done)
{
	WAIT_UNTIL(all_fds(server) <= count,
	           "%s The server should not have more descriptors open now "
	           "than before, %zu; it has %zu, and it %s.",
	           done, count, all_fds(server), describe_all(server));
}

char *
describe_all(const struct subject *server)
{
	pid_t pids[PIDS_MAX];
	size_t count = subject_pids(server, pids, PIDS_MAX);
	char *text = proc_describe(subject_pid(server));

	for (size_t i = 1; i < count; i++)
		text = text_print("%s; its process %d %s", text, (int)pids[i],
		                  proc_describe(pids[i]));
	return text;
}

bool
all_are_parked(const struct subject *server)
{
	pid_t pids[PIDS_MAX];
	size_t count = subject_pids(server, pids, PIDS_MAX);

	for (size_t i = 0; i < count; i++)
		if (!proc_is_parked(pids[i]))
			return false;
	return true;
}

void
expect_at_rest(const struct subject *server, int window_ms, int wakeups_max,
               const char *done)
{
	static const char should[] = "It should sleep until something happens.";

	WAIT_UNTIL(all_are_parked(server),
	           "%s Now the server has nothing to do, but it does not wait "
	           "for events: it %s. %s",
	           done, describe_all(server), should);
	int64_t switches = all_switches(server);
	int64_t cpu_ns = all_cpu_ns(server);
	int64_t begin_ms = wait_now_ms();

	pass_ms(window_ms);
	switches = all_switches(server) - switches;
	cpu_ns = all_cpu_ns(server) - cpu_ns;
	double passed_ms = (double)(wait_now_ms() - begin_ms);
	int cpu_percent = (int)((double)cpu_ns / 1e4 / passed_ms);
	double often = passed_ms / window_ms;

	if (cpu_percent >= 10)
		fail_test("%s Now the server has nothing to do, but it used "
		          "%d %% of a CPU for %d ms; it %s. %s",
		          done, cpu_percent, (int)passed_ms,
		          describe_all(server), should);
	if ((double)switches > often * wakeups_max)
		fail_test("%s Now the server has nothing to do, but it woke up "
		          "%d times in %d ms; it %s. %s",
		          done, (int)switches, (int)passed_ms,
		          describe_all(server), should);
}

bool
wait_input(struct client *client, int64_t end_ms)
{
	struct pollfd fd = {.fd = client_fd(client), .events = POLLIN};

	while (!client_has_input(client)) {
		int64_t left_ms = end_ms - wait_now_ms();
		if (left_ms <= 0)
			return false;
		poll(&fd, 1, (int)left_ms);
	}
	return true;
}

static bool
is_blocked(const struct subject *server, const struct client *client)
{
	struct proc_socket socket;

	return all_are_parked(server) &&
	       proc_server_socket(server, client, &socket) &&
	       socket.unacked > 0;
}

void
wait_blocked(const struct subject *server, const struct client *client)
{
	WAIT_UNTIL(is_blocked(server, client),
	           "A client does not read its answer. The server should have "
	           "sent what the kernel takes, and then wait for events; it "
	           "%s. %s",
	           describe_all(server), client_story(client));
}

void
ask_hello(struct client *client, const char *field_lines)
{
	client_request(client, "GET", "/hello.txt", field_lines);
}

struct response *
expect_hello(const struct subject *server, struct client *client,
             const char *done)
{
	if (!wait_input(client, wait_deadline_ms()))
		fail_test("%s The client should be answered; no answer came. "
		          "%s; the server %s. %s",
		          done, proc_describe_queue(server),
		          describe_all(server), client_story(client));
	if (client_is_over(client))
		fail_test("%s The client should be answered; the server ended "
		          "the connection instead. %s",
		          done, client_story(client));
	struct response *response = client_receive(client);
	expect_status(response, 200);
	expect_body(response, ROOT_HELLO);
	return response;
}

void
expect_download(const struct subject *server, struct client *client,
                size_t byte_count, unsigned seed, const char *done)
{
	static char bytes[64 * 1024];
	size_t offset = 0;
	uint64_t wrong;

	while (offset < byte_count) {
		size_t part = byte_count - offset;
		if (part > sizeof bytes)
			part = sizeof bytes;
		if (!wait_input(client, wait_deadline_ms()))
			fail_test("%s The client should get all of its file. "
			          "It has got %zu of %zu bytes, and no more "
			          "comes; the server %s.",
			          done, offset, byte_count,
			          describe_all(server));
		ssize_t got = client_receive_some(client, bytes, part);
		if (got <= 0)
			fail_test("%s The client should get all of its file. "
			          "The server ended the connection after %zu "
			          "of %zu bytes.",
			          done, offset, byte_count);
		if (!root_is_pattern(bytes, (size_t)got, offset, seed, &wrong))
			fail_test("%s The client should get the bytes of its "
			          "file. Number %llu is a wrong one.",
			          done, (unsigned long long)wrong);
		offset += (size_t)got;
	}
}

void
expect_let_go(const struct subject *server, struct client *client,
              const char *done)
{
	if (!wait_input(client, wait_deadline_ms()))
		fail_test("%s Then the server should have ended the "
		          "connection; it did not, and it %s. %s",
		          done, describe_all(server), client_story(client));
	client_expect_end(client);
}

void
expect_service(struct subject *server, const char *done)
{
	struct client *client = client_connect(server);

	ask_hello(client, "");
	expect_hello(server, client, done);
	client_close(client);
}

void
send_half(struct client *client)
{
	client_send(client, half);
}

void
send_other_half(struct client *client)
{
	client_send(client, other_half);
}

void
speed_up(struct client *client)
{
	int bytes = 1 << 20;

	if (setsockopt(client_fd(client), SOL_SOCKET, SO_RCVBUF, &bytes,
	               sizeof bytes) == -1)
		err(1, "SO_RCVBUF");
}

void
need_descriptors(rlim_t count)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		err(1, "getrlimit");
	if (limit.rlim_cur >= count)
		return;
	if (limit.rlim_max < count)
		not_checked("the test needs %ju descriptors, and at most %ju "
		            "are allowed here (ulimit -Hn)",
		            (uintmax_t)count, (uintmax_t)limit.rlim_max);
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		err(1, "setrlimit");
}

int64_t
patient_ms(int64_t ms)
{
	return (int64_t)((double)ms * wait_patience());
}

void
pass_ms(int64_t ms)
{
	int64_t end_ms = wait_now_ms() + ms;

	for (int64_t left_ms; (left_ms = end_ms - wait_now_ms()) > 0;) {
		struct timespec left = {
			.tv_sec = left_ms / 1000,
			.tv_nsec = left_ms % 1000 * 1000000L,
		};
		nanosleep(&left, NULL);
	}
}
