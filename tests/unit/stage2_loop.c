/*
 * stage2_loop.c - exercises 2.1 to 2.4: the reactor on epoll.
 *
 * A test of one exercise calls only functions of earlier ones. Whether the
 * kernel was told of a source is asked of the kernel: the loop's epoll instance
 * is found among our descriptors.
 */
#include "harness/graded.h"
#include "harness/proc.h"
#include "loop.h"
#include "sockets.h"
#include "watchdog.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/time.h>

enum { SOURCES = 4, MANY = 300 };

enum { EVENTS = 16, GUARD_BYTES = 16384, GUARD = 0x5a };

static struct loop *loop;
static int epoll_fd;
static struct epoll_event seen[EVENTS]; /* by kernel_events() */
static unsigned char *guard;            /* memory behind the loop's */
static struct event_source sources[SOURCES];
static int peers[SOURCES]; /* the other ends */

static void
on_event_unexpected(struct event_source *source)
{
	fail_test("loop_wait() called the handler of descriptor %d. It should "
	          "only note who is ready; loop_dispatch() calls.",
	          source->fd);
}

/* Which of our descriptors are epoll instances: the runner may have its own. */
static bool
is_epoll(int fd)
{
	const char *target = proc_fd_target(getpid(), fd);

	return target != NULL && strcmp(target, "anon_inode:[eventpoll]") == 0;
}

static void
open_loop(void)
{
	bool was_epoll[FD_SETSIZE];

	for (int fd = 0; fd < FD_SETSIZE; fd++)
		was_epoll[fd] = is_epoll(fd);
	loop = loop_open();
	guard = malloc(GUARD_BYTES);
	memset(guard, GUARD, GUARD_BYTES);
	if (loop == NULL)
		fail_test("loop_open() failed: %s.", strerror(errno));
	epoll_fd = -1;
	for (int fd = 0; fd < FD_SETSIZE; fd++)
		if (!was_epoll[fd] && is_epoll(fd))
			epoll_fd = fd;
	if (epoll_fd == -1)
		fail_test("loop_open() was called, and made no epoll "
		          "instance.");
}

/* A source over a socket of its own, not in the loop yet. */
static void
make_source(int index, int wants)
{
	int fds[2];

	sockets_unix(fds);
	peers[index] = fds[1];
	sources[index] = (struct event_source){
		.fd = fds[0],
		.wants = wants,
		.on_event = on_event_unexpected,
	};
}

static void
add_source(int index)
{
	if (loop_add(loop, &sources[index]) != 0)
		fail_test("loop_add() of a connected socket returned -1 (%s). "
		          "It should have returned 0.",
		          strerror(errno));
}

static void
say(int index)
{
	SOCKETS_CHECK(send(peers[index], "x", 1, 0));
}

/* How many events the kernel has for us now. */
static int
kernel_events(void)
{
	int count = epoll_wait(epoll_fd, seen, EVENTS, 0);

	SOCKETS_CHECK(count);
	return count;
}

static void
hear(int index)
{
	char byte;

	SOCKETS_CHECK(recv(sources[index].fd, &byte, 1, 0));
}

static int
wait_once(int timeout_ms, const char *story)
{
	watchdog(story);
	int count = loop_wait(loop, timeout_ms);
	watchdog(NULL);
	return count;
}

static char *
bits_text(int bits)
{
	char *text =
		text_print("%s%s%s", bits & EVENT_READ ? " EVENT_READ" : "",
	                   bits & EVENT_WRITE ? " EVENT_WRITE" : "",
	                   bits & EVENT_HANGUP ? " EVENT_HANGUP" : "");

	return *text == '\0' ? "nothing" : text + 1;
}

/* What the kernel was told by loop_add(), for whoever looks in loop_wait() for
   what is wrong there: proc_pid_fdinfo(5), "tfd". */
static char *
registration_text(int index)
{
	static const struct {
		unsigned bit;
		const char *name;
	} flags[] = {
		{EPOLLIN, "EPOLLIN"},
		{EPOLLOUT, "EPOLLOUT"},
		{EPOLLRDHUP, "EPOLLRDHUP"},
		{EPOLLET, "EPOLLET"},
		{EPOLLONESHOT, "EPOLLONESHOT"},
		{EPOLLEXCLUSIVE, "EPOLLEXCLUSIVE"},
	};
	FILE *file = fopen(text_print("/proc/self/fdinfo/%d", epoll_fd), "r");
	char line[256], *text = "";
	unsigned events;
	int fd;

	while (file != NULL && fgets(line, sizeof line, file) != NULL)
		if (sscanf(line, "tfd: %d events: %x", &fd, &events) == 2 &&
		    fd == sources[index].fd)
			for (size_t i = 0; i < sizeof flags / sizeof *flags;
			     i++)
				if (events & flags[i].bit)
					text = text_print("%s %s", text,
					                  flags[i].name);
	if (file != NULL)
		fclose(file);
	if (*text == '\0')
		return "";
	return text_print("\n\nThe kernel was told, in loop_add(): watch "
	                  "descriptor %d for%s.",
	                  sources[index].fd, text);
}

static void
expect_ready(int index, int bits, bool is_in_list, const char *story)
{
	const struct event_source *source = &sources[index];

	if ((source->ready & bits) != bits)
		fail_test("%s In its `ready` there is %s. %s should be there, "
		          "whatever else is.%s",
		          story, bits_text(source->ready), bits_text(bits),
		          registration_text(index));
	if (list_is_empty(&source->link) == is_in_list)
		fail_test("%s It is %sin the ready list. It should %sbe.",
		          story, is_in_list ? "not " : "",
		          is_in_list ? "" : "not ");
}

/* The source is the only one in the ready list: its ring is it and the head. */
static void
expect_alone_in_list(int index, const char *story)
{
	const struct list *link = &sources[index].link;

	if (link->next == link || link->next->next != link ||
	    link->previous != link->next)
		fail_test("%s Now it should be the only one in the ready list, "
		          "linked to the list's head and back. It is not: "
		          "the ring is torn, and who walks along it does not "
		          "come back.",
		          story);
}

/* ---- 2.1: loop_add() ---- */

UNIT(2_01, added_source_is_known_to_the_kernel, 3,
     "After loop_add() the kernel tells of what happens at the descriptor, "
     "each time, and gives the pointer to the source back.")
{
	open_loop();
	make_source(0, EVENT_READ);
	add_source(0);
	kernel_events(); /* perhaps: it can be written to */
	if (!list_is_empty(&sources[0].link))
		fail_test("After loop_add() the source's link is not an empty "
		          "list. list_init() makes it one; until then "
		          "list_is_empty() and list_remove() follow whatever "
		          "pointers lay there.");
	if (kernel_events() != 0)
		fail_test("A source that wants EVENT_READ was added; nothing "
		          "has come for it. epoll_wait() on the loop's epoll "
		          "instance tells of it again and again: it can be "
		          "written to, and so it will be nearly always. "
		          "Edge-triggered (EPOLLET) the kernel tells of that "
		          "once.%s",
		          registration_text(0));
	say(0);
	if (kernel_events() != 1)
		fail_test("A source was added, and then a byte came for it. "
		          "epoll_wait() on the loop's epoll instance should "
		          "return one event. It returned none: the "
		          "descriptor is not registered for EPOLLIN, or not "
		          "any more after its first event (EPOLLONESHOT).");
	if (seen[0].data.ptr != &sources[0])
		fail_test("A source at %p was added, and a byte came for it. "
		          "The event's data.ptr is %p. It should be that "
		          "pointer: how else does loop_wait() know whose "
		          "event it is? (data is a union: it is either ptr or "
		          "fd.)",
		          (void *)&sources[0], seen[0].data.ptr);
	hear(0);
	say(0);
	if (kernel_events() != 1)
		fail_test("A byte came for a source, and was read; then a "
		          "second one came. Of that epoll_wait() does not "
		          "tell: is it registered with EPOLLONESHOT?");
}

UNIT(2_01, end_comes_with_the_last_byte, 1,
     "That the peer is done sending is told at once, together with what it has "
     "sent.")
{
	open_loop();
	make_source(0, EVENT_READ);
	add_source(0);
	kernel_events();
	say(0);
	shutdown(peers[0], SHUT_WR);
	if (kernel_events() != 1 || !(seen[0].events & EPOLLRDHUP))
		fail_test("A byte came for a source, and the end of the stream "
		          "behind it. epoll_wait() tells of the byte alone. "
		          "Who reads it gets less than there was room for, "
		          "takes that for all, and never hears of the end: "
		          "EPOLLRDHUP asks for it.%s",
		          registration_text(0));
}

UNIT(2_01, ready_before_it_was_added, 1,
     "What is ready when a source is added is reported by the next wait.")
{
	open_loop();
	make_source(0, EVENT_READ);
	say(0);
	add_source(0);
	if (kernel_events() != 1)
		fail_test("A byte had come before loop_add(). epoll_wait() "
		          "should tell of it at once.");
}

UNIT(2_01, add_says_why_not, 2,
     "What cannot be watched makes loop_add() return -1 with errno.")
{
	open_loop();
	make_source(0, EVENT_READ);
	int fd = sources[0].fd;
	close(fd);
	errno = 0;
	int result = loop_add(loop, &sources[0]);
	if (result != -1 || errno != EBADF)
		fail_test("loop_add() was given a descriptor that is not open "
		          "(%d). It returned %d with errno %s. It should have "
		          "returned -1, with errno EBADF from epoll_ctl().",
		          fd, result, strerror(errno));
}

UNIT(2_01, exclusive_source_can_be_added, 2,
     "A source that wants EVENT_EXCLUSIVE is registered with EPOLLEXCLUSIVE, "
     "which the kernel takes with few other flags.")
{
	open_loop();
	make_source(0, EVENT_READ | EVENT_EXCLUSIVE);
	if (loop_add(loop, &sources[0]) != 0)
		fail_test("loop_add() of a source that wants EVENT_READ and "
		          "EVENT_EXCLUSIVE returned -1 (%s). epoll_ctl() says "
		          "EINVAL if EPOLLEXCLUSIVE comes with EPOLLRDHUP or "
		          "EPOLLONESHOT.",
		          strerror(errno));
	kernel_events();
	say(0);
	if (kernel_events() != 1)
		fail_test("An exclusive source was added, and a byte came for "
		          "it. epoll_wait() returned no event.");
	/* One that was registered as exclusive cannot be changed any more. */
	struct epoll_event event = {.events = EPOLLIN};
	if (epoll_ctl(epoll_fd, EPOLL_CTL_MOD, sources[0].fd, &event) == 0)
		fail_test("A source that wants EVENT_EXCLUSIVE was added "
		          "without EPOLLEXCLUSIVE. It is a listener that "
		          "several processes watch: each new client would "
		          "wake all of them.");
}

/* ---- 2.2: loop_wait() ---- */

UNIT(2_02, wait_marks_what_is_ready, 3,
     "loop_wait() ORs what happened into `ready`, puts the source into the "
     "ready list, and returns how many events there were.")
{
	open_loop();
	for (int i = 0; i < 3; i++) {
		make_source(i, EVENT_READ);
		sources[i].ready = EVENT_WRITE; /* as a new connection's is */
		add_source(i);
	}
	sources[2].wants = 0; /* for now */
	sources[2].ready = EVENT_READ;
	wait_once(0, "Three sources; loop_wait(0).");
	say(1);
	int count = wait_once(-1, "Of three sources one has got a byte. "
	                          "loop_wait(-1) was called.");
	if (count != 1)
		fail_test("Of three sources one has got a byte. loop_wait() "
		          "returned %d; it should have returned 1.%s",
		          count, registration_text(1));
	expect_ready(1, EVENT_READ | EVENT_WRITE, true,
	             "A source that could be written to, and wants to read, "
	             "has got a byte.");
	expect_ready(0, EVENT_WRITE, false,
	             "Nothing has come for a source that wants to read.");
	expect_ready(2, EVENT_READ, false,
	             "EVENT_READ was in the `ready` of a source that wants "
	             "nothing just now; then loop_wait() was called.");
	say(1);
	wait_once(0, "A source in the ready list got a second byte. "
	             "loop_wait(0) was called.");
	expect_alone_in_list(1, "A source got a byte, and before it had its "
	                        "turn a second one. loop_wait() was called "
	                        "after each.");
}

UNIT(2_02, wait_sleeps_meanwhile, 1,
     "When nothing happens, loop_wait() sleeps for as many milliseconds as it "
     "was told.")
{
	enum { MS = 200 };

	open_loop();
	make_source(0, EVENT_READ);
	add_source(0);
	wait_once(0, "loop_wait(0)");
	int64_t begin_ms = wait_now_ms();
	int count = wait_once(MS, "Nothing happened. loop_wait(200) was "
	                          "called. It should return after 200 ms.");
	int64_t took_ms = wait_now_ms() - begin_ms;
	if (count != 0 || took_ms < MS - 1)
		fail_test("Nothing happened. loop_wait(%d) returned %d after "
		          "%lld ms. It should sleep so many milliseconds, and "
		          "return 0. Who returns earlier is called again at "
		          "once, and takes all of a CPU.%s",
		          MS, count, (long long)took_ms, registration_text(0));
}

UNIT(2_02, wait_tells_of_the_end, 2,
     "The end of the stream is something to read, and a hangup.")
{
	open_loop();
	make_source(0, EVENT_READ);
	add_source(0);
	say(0);
	shutdown(peers[0], SHUT_WR);
	wait_once(-1,
	          "A byte and the end of the stream came. loop_wait(-1) was "
	          "called.");
	expect_ready(0, EVENT_READ | EVENT_HANGUP, true,
	             "A byte and the end of the stream came in one.");
}

UNIT(2_02, unwanted_readiness_is_remembered, 2,
     "What a source does not want now is remembered for when it does.")
{
	open_loop();
	make_source(0, EVENT_WRITE);
	add_source(0);
	wait_once(0, "A source that wants to write was added; loop_wait(0).");
	list_remove(&sources[0].link); /* its handler filled the socket: */
	sources[0].ready &= ~EVENT_WRITE;
	char filler[4096] = {0};
	while (send(sources[0].fd, filler, sizeof filler, 0) > 0)
		continue;
	say(0);
	wait_once(0, "A byte came for a source that waits for room to write; "
	             "loop_wait(0).");
	expect_ready(0, 0, false,
	             "A byte came for a source that only wants to write, and "
	             "cannot.");
	sources[0].wants = EVENT_READ;
	wait_once(0, "Now the source wants to read; loop_wait(0).");
	expect_ready(0, EVENT_READ, !list_is_empty(&sources[0].link),
	             "A byte came while a source only wanted to write; now it "
	             "wants to read.");
}

enum { TURNS = 50 };

UNIT(2_02, wait_does_not_sleep_on_work, 1,
     "loop_wait() does not block while a source waits for its turn.")
{
	open_loop();
	make_source(0, EVENT_READ);
	make_source(1, EVENT_READ);
	add_source(0);
	add_source(1);
	wait_once(0, "loop_wait(0)");
	loop_again(loop, &sources[0]);
	say(1);
	wait_once(0, "loop_wait(0)");
	wait_once(-1, "loop_again() had been called for a source: it waits for "
	              "its turn. loop_wait(-1) was called. It should look for "
	              "events and return at once.");
	expect_ready(1, EVENT_READ, true,
	             "A byte came for a source while another one waited for "
	             "its turn.");

	struct rusage before, after;
	getrusage(RUSAGE_SELF, &before);
	for (int i = 0; i < TURNS; i++)
		loop_wait(loop, 1000);
	getrusage(RUSAGE_SELF, &after);
	long slept = after.ru_nvcsw - before.ru_nvcsw;
	if (slept > TURNS / 2)
		fail_test("A source waited for its turn, and loop_wait(1000) "
		          "was called %d times. It slept in %ld of them. While "
		          "the ready list is not empty the timeout is 0, not "
		          "a short one: a busy server would sleep in every "
		          "turn.",
		          TURNS, slept);
}

UNIT(2_02, wait_says_why_not, 1,
     "When epoll_wait() fails, loop_wait() returns -1 with errno.")
{
	open_loop();
	close(epoll_fd); /* as a bug somewhere may do it */
	errno = 0;
	int count = wait_once(0, "The loop's epoll instance had been closed. "
	                         "loop_wait(0) was called.");
	if (count != -1 || errno != EBADF)
		fail_test("The loop's epoll instance had been closed. "
		          "loop_wait() returned %d, with errno %s. It should "
		          "have returned -1, with EBADF of epoll_wait(): a "
		          "server that goes on calls it again at once, and "
		          "takes all of a CPU.",
		          count, strerror(errno));
}

enum { ALARM_MS = 20, ALARMS_MAX = 200 };

static volatile sig_atomic_t alarm_count;

static void
on_alarm(int signal_number)
{
	if (++alarm_count == ALARMS_MAX)
		watchdog_bite(signal_number);
}

static void
set_alarms(int ms)
{
	const struct itimerval time = {
		.it_value.tv_usec = ms * 1000,
		.it_interval.tv_usec = ms * 1000,
	};

	setitimer(ITIMER_REAL, &time, NULL);
}

UNIT(2_02, wait_survives_a_signal, 2,
     "A signal that wakes loop_wait() is neither an event nor an error: 0.")
{
	struct sigaction action = {.sa_handler = on_alarm};

	open_loop();
	make_source(0, EVENT_READ);
	add_source(0);
	wait_once(0, "loop_wait(0)");
	sources[0].ready = 0;
	watchdog("A signal came every 20 ms. loop_wait(-1) was called. "
	         "epoll_wait() says -1 with EINTR; loop_wait() should then "
	         "return 0.");
	sigemptyset(&action.sa_mask);
	sigaction(SIGALRM, &action, NULL);
	set_alarms(ALARM_MS);
	int count = loop_wait(loop, -1);
	set_alarms(0);
	watchdog(NULL);
	if (count != 0 || sources[0].ready != 0)
		fail_test("A signal came while loop_wait() slept: epoll_wait() "
		          "says -1 with EINTR. loop_wait() returned %d, and "
		          "the only source's `ready` is %u. It should have "
		          "returned 0 and marked nothing.",
		          count, sources[0].ready);
}

UNIT(2_02, more_events_than_fit, 1,
     "When more happens at once than fits into a batch, nothing is lost.")
{
	static struct event_source many[MANY];
	int marked = 0;

	open_loop();
	for (int i = 0; i < MANY; i++) {
		int fds[2];
		sockets_unix(fds);
		many[i] = (struct event_source){
			.fd = fds[0],
			.wants = EVENT_READ,
			.on_event = on_event_unexpected,
		};
		SOCKETS_CHECK(loop_add(loop, &many[i]));
		SOCKETS_CHECK(send(fds[1], "x", 1, 0));
	}
	for (int turn = 0; turn < MANY; turn++)
		if (wait_once(0, "loop_wait(0)") <= 0)
			break;
	for (int i = 0; i < GUARD_BYTES; i++)
		if (guard[i] != GUARD)
			fail_test("%d sources got a byte each, and loop_wait() "
			          "was called. It wrote into memory that is "
			          "not the loop's: epoll_wait() was told that "
			          "there is room for more events than "
			          "loop->events has (BATCH_EVENTS).",
			          MANY);
	for (int i = 0; i < MANY; i++)
		marked += many[i].ready & EVENT_READ ? 1 : 0;
	if (marked != MANY)
		fail_test("%d sources got a byte each; loop_wait(0) was called "
		          "until it returned 0. %d of them are marked as "
		          "ready; all should be.",
		          MANY, marked);
}

/* ---- 2.3: loop_remove() ---- */

UNIT(2_03, removed_source_is_forgotten, 4,
     "After loop_remove() the source is in no list, and nothing of it is "
     "ready.")
{
	open_loop();
	make_source(0, EVENT_READ);
	make_source(1, EVENT_READ);
	add_source(0);
	add_source(1);
	say(0);
	say(1);
	wait_once(-1, "Two sources got a byte. loop_wait(-1) was called.");
	watchdog("loop_remove() was called in the middle of a batch.");
	loop_remove(loop, &sources[0]);
	watchdog(NULL);
	if (!list_is_empty(&sources[0].link))
		fail_test("A source that waited for its turn was removed, and "
		          "its link still leads into the ready list. It must "
		          "leave the list, or its handler is called, though it "
		          "may be freed by then; and its link must be empty "
		          "again, as list_init() made it (list_remove() does "
		          "both).");
	if (sources[0].ready != 0)
		fail_test("A source was removed. In its `ready` there still is "
		          "%s. There should be nothing: if it is added again, "
		          "the kernel says anew what is ready.",
		          bits_text(sources[0].ready));
	expect_ready(1, EVENT_READ, true,
	             "One of two sources was removed; this is the other one.");
	expect_alone_in_list(1, "Two sources were in the ready list, and the "
	                        "other one was removed.");
	if (fcntl(sources[0].fd, F_GETFD) == -1)
		fail_test("loop_remove() closed the source's descriptor. That "
		          "is the owner's to do: he would close it a second "
		          "time, when the number may be somebody else's.");
}

UNIT(2_03, removed_source_has_no_ghost, 2,
     "loop_remove() ends the kernel's interest, even if another process still "
     "holds the open file.")
{
	open_loop();
	make_source(0, EVENT_READ);
	add_source(0);
	wait_once(0, "loop_wait(0)");
	int copy = dup(sources[0].fd); /* as a worker would have it */
	SOCKETS_CHECK(copy);
	loop_remove(loop, &sources[0]);
	close(sources[0].fd);
	say(0);
	int count = kernel_events();
	if (count != 0)
		fail_test("A source was removed and its descriptor closed; a "
		          "copy of it is still open elsewhere. Then a byte "
		          "came, and epoll_wait() returned %d event: for a "
		          "source that is gone. close() alone does not end "
		          "it; EPOLL_CTL_DEL does (epoll(7), \"Will closing a "
		          "file descriptor ...\").",
		          count);
}

UNIT(2_03, removed_source_can_come_back, 2,
     "A removed source can be added again, and what is ready is told again.")
{
	open_loop();
	make_source(0, EVENT_READ);
	add_source(0);
	say(0);
	wait_once(-1, "A source got a byte. loop_wait(-1) was called.");
	loop_remove(loop, &sources[0]);
	wait_once(0, "loop_wait(0) without a source");
	if (loop_add(loop, &sources[0]) == -1)
		fail_test("A source was removed and added again: loop_add() "
		          "says %s. %s",
		          strerror(errno),
		          errno == EBADF
		                  ? "loop_remove() has closed the descriptor, "
		                    "which is the owner's."
		                  : "loop_remove() should have taken it out of "
		                    "the kernel's list.");
	wait_once(0, "loop_wait(0)");
	if (sources[0].wants != EVENT_READ)
		fail_test("A source that wants EVENT_READ (1) was removed and "
		          "added again. Now its `wants` is %u: that is its "
		          "owner's, and stays.",
		          sources[0].wants);
	expect_ready(
		0, EVENT_READ, true,
		"A source was removed and added again; a byte lies there.");
}

/* ---- 2.4: loop_dispatch() ---- */

static char called[64]; /* indices of those whose handlers ran, in order */
static int ready_when_called[SOURCES];
static int removes = -1;
static bool calls_again;

static void
on_event_noted(struct event_source *source)
{
	size_t length = strlen(called);

	if (length < sizeof called - 1)
		called[length] = (char)('0' + (source - sources));
	ready_when_called[source - sources] = source->ready;
	source->ready &= ~EVENT_READ;
	if (calls_again)
		loop_again(loop, source);
	if (removes != -1) {
		loop_remove(loop, &sources[removes]);
		removes = -1;
	}
}

static void
open_dispatch(void)
{
	open_loop();
	for (int i = 0; i < SOURCES; i++) {
		make_source(i, EVENT_READ);
		sources[i].on_event = on_event_noted;
		add_source(i);
	}
	wait_once(0, "loop_wait(0)");
}

/* For people: "sources 1, 2", of "12". */
static const char *
sources_named(const char *digits)
{
	char *text = strlen(digits) == 1 ? "source" : "sources";

	if (*digits == '\0')
		return "nobody";
	for (const char *digit = digits; *digit != '\0'; digit++)
		text = text_print("%s%s%c", text, digit == digits ? " " : ", ",
		                  *digit);
	return text;
}

static void
dispatch(const char *expected, const char *story)
{
	memset(called, 0, sizeof called);
	watchdog(text_print("%s loop_dispatch() was called and did not return.",
	                    story));
	loop_dispatch(loop);
	watchdog(NULL);
	if (strcmp(called, expected) != 0)
		fail_test("%s loop_dispatch() was called. Handlers were called "
		          "for %s. They should have been, in this order, for "
		          "%s.",
		          story, sources_named(called),
		          sources_named(expected));
}

UNIT(2_04, turn_is_first_come_first_served, 4,
     "loop_dispatch() calls each handler once, in the order in which the "
     "sources got ready.")
{
	static const int order[] = {2, 0, 3};

	open_dispatch();
	dispatch("", "No source is ready.");
	for (int i = 0; i < 3; i++) {
		say(order[i]);
		wait_once(-1, "A source got a byte. loop_wait(-1) was called.");
	}
	sources[2].ready |= EVENT_WRITE;
	dispatch("203", "Three of the sources 0 to 3 got ready one after the "
	                "other: 2, 0, 3.");
	if (!(ready_when_called[2] & EVENT_READ) ||
	    !(sources[2].ready & EVENT_WRITE))
		fail_test("A source was ready to be read and to be written; "
		          "its handler read. When it was called there was %s "
		          "in `ready`, and after loop_dispatch() there is %s. "
		          "There should have been EVENT_READ then, and "
		          "EVENT_WRITE still: what is used up only the "
		          "handler knows.",
		          bits_text(ready_when_called[2]),
		          bits_text(sources[2].ready));
}

UNIT(2_04, again_is_the_next_turn, 3,
     "Who calls loop_again() comes in the next turn, not in this one.")
{
	open_dispatch();
	calls_again = true;
	loop_again(loop, &sources[1]);
	loop_again(loop, &sources[2]);
	dispatch("12", "Sources 1 and 2 are ready, and each calls loop_again() "
	               "in its handler.");
	dispatch("12", "Both called loop_again() in the turn before, and do so "
	               "again.");
	calls_again = false;
	dispatch("12",
	         "Both called loop_again() in the turn before, and do not "
	         "do so any more.");
	dispatch("", "Nobody called loop_again().");
}

UNIT(2_04, removed_in_mid_turn, 2,
     "A source that another handler removes in this turn is not called.")
{
	open_dispatch();
	for (int i = 0; i < SOURCES; i++)
		loop_again(loop, &sources[i]);
	removes = 1;
	dispatch("023", "Sources 0 to 3 are ready; 0's handler removes 1.");
	SOCKETS_CHECK(loop_add(loop, &sources[1]));
	for (int i = 0; i < SOURCES; i++)
		loop_again(loop, &sources[i]);
	removes = 0;
	dispatch("0123", "Sources 0 to 3 are ready; 0's handler removes 0.");
}

/* The last one is gone: who waits for it goes on for ever. How often 0 may come
   again depends on how "up to here" is said; 4 calls are the most. */
UNIT(2_04, last_one_removed_in_mid_turn, 1,
     "A turn ends though a handler has removed the last of those whose turn it "
     "is.")
{
	open_dispatch();
	for (int i = 0; i < SOURCES; i++)
		loop_again(loop, &sources[i]);
	calls_again = true;
	removes = SOURCES - 1;
	memset(called, 0, sizeof called);
	watchdog("Sources 0 to 3 are ready. 0's handler removes 3, the last, "
	         "and every handler calls loop_again(). loop_dispatch() was "
	         "called and did not return.");
	loop_dispatch(loop);
	watchdog(NULL);
	if (strncmp(called, "012", 3) != 0 || strlen(called) > SOURCES)
		fail_test(
			"Sources 0 to 3 are ready. 0's handler removes 3, the "
			"last, and every handler calls loop_again(). "
			"loop_dispatch() called the handlers for %s. It "
			"should have called those for sources 0, 1, 2.",
			sources_named(called));
}
