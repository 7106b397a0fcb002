/*
 * given_loop.c - the loop: whose handler runs, when, and in what order.
 *
 * What is tested here holds of any loop.h, whether the kernel repeats itself
 * (select) or not (epoll).
 */
#include "harness/graded.h"
#include "loop.h"
#include "sockets.h"
#include "watchdog.h"

#include <limits.h>

enum { SOURCES = 4, TURN_MS = 20 };

/* A source, and what its handler does. */
struct walker {
	struct event_source source;
	char name;
	int client; /* the other end of source.fd */
	int ready_seen;
	bool calls_again;
	struct walker *removes; /* from the loop */
	struct walker *wakes;   /* by loop_again() */
};

static struct loop *loop;
static struct walker walkers[SOURCES];
static char called[64]; /* names of those whose handlers ran, in order */

static void
on_event(struct event_source *source)
{
	struct walker *walker = LIST_ITEM(source, struct walker, source);
	char byte[16];

	if (strlen(called) < sizeof called - 1)
		called[strlen(called)] = walker->name;
	walker->ready_seen = source->ready;
	while (recv(source->fd, byte, sizeof byte, 0) > 0)
		continue;
	source->ready &= ~EVENT_READ;
	if (walker->removes != NULL)
		loop_remove(loop, &walker->removes->source);
	if (walker->wakes != NULL)
		loop_again(loop, &walker->wakes->source);
	if (walker->calls_again)
		loop_again(loop, source);
}

/* Four walkers a to d, over sockets of their own, in a loop. */
static void
open_walkers(int wants)
{
	loop = loop_open();
	if (loop == NULL)
		fail_test("loop_open() failed: %s.", strerror(errno));
	for (int i = 0; i < SOURCES; i++) {
		int fds[2];
		sockets_unix(fds);
		walkers[i] = (struct walker){
			.source = {.fd = fds[0],
		                   .wants = wants,
		                   .on_event = on_event},
			.name = (char)('a' + i),
			.client = fds[1],
		};
		SOCKETS_CHECK(loop_add(loop, &walkers[i].source));
	}
}

static void
say(int index)
{
	SOCKETS_CHECK(send(walkers[index].client, "x", 1, 0));
}

/* One turn of the loop; what it called should be this. */
static void
turn(int timeout_ms, const char *expected, const char *story)
{
	memset(called, 0, sizeof called);
	watchdog("The loop was to take a turn, and did not return from it.");
	if (loop_wait(loop, timeout_ms) == -1)
		fail_test("%s loop_wait() failed: %s.", story, strerror(errno));
	loop_dispatch(loop);
	watchdog(NULL);
	if (strcmp(called, expected) != 0)
		fail_test("%s In this turn the loop called the handlers of "
		          "\"%s\". It should have called those of \"%s\".",
		          story, called, expected);
}

/* Only dispatch: the kernel is not asked. */
static void
dispatch(const char *expected, const char *story)
{
	memset(called, 0, sizeof called);
	watchdog("loop_dispatch() was called and did not return.");
	loop_dispatch(loop);
	watchdog(NULL);
	if (strcmp(called, expected) != 0)
		fail_test("%s loop_dispatch() called the handlers of \"%s\". "
		          "It should have called those of \"%s\".",
		          story, called, expected);
}

GIVEN(loop_calls_who_has_input,
      "A handler runs when its descriptor can be read, and no other one does.")
{
	open_walkers(EVENT_READ);
	turn(0, "", "Nothing has happened.");
	say(2);
	turn(-1, "c", "c got a byte.");
	if (!(walkers[2].ready_seen & EVENT_READ))
		fail_test("c got a byte. Its handler ran without EVENT_READ in "
		          "`ready`.");
	turn(0, "", "c has read it.");
	say(2);
	turn(-1, "c", "c got another byte.");
	close(walkers[1].client);
	turn(-1, "b", "b's client is gone.");
}

GIVEN(loop_reports_what_was_there_before,
      "What is ready when a source is added is reported.")
{
	open_walkers(0);
	struct event_source *source = &walkers[0].source;

	loop_remove(loop, source);
	say(0);
	source->wants = EVENT_READ;
	SOCKETS_CHECK(loop_add(loop, source));
	turn(-1, "a", "a's byte was there before it was added.");
	loop_remove(loop, source);
	source->wants = EVENT_WRITE;
	SOCKETS_CHECK(loop_add(loop, source));
	turn(-1, "a", "a wants EVENT_WRITE, and there is room.");
	if (!(walkers[0].ready_seen & EVENT_WRITE))
		fail_test("a wants EVENT_WRITE. Its handler ran without "
		          "EVENT_WRITE in `ready`.");
}

GIVEN(loop_waits_no_longer_than_told,
      "loop_wait() returns 0 when the time has passed and nothing happened.")
{
	open_walkers(EVENT_READ);
	turn(0, "", "Nothing has happened.");
	watchdog("loop_wait() was to wait for 20 ms and did not return.");
	int64_t begin_ms = wait_now_ms();
	int count = loop_wait(loop, TURN_MS);
	int64_t waited_ms = wait_now_ms() - begin_ms;
	watchdog(NULL);
	if (count != 0 || waited_ms < TURN_MS - 1)
		fail_test("Nothing happened. loop_wait() for %d ms returned %d "
		          "after %lld ms. It should have waited that long, and "
		          "returned 0.",
		          TURN_MS, count, (long long)waited_ms);
}

GIVEN(loop_forgets_who_is_removed,
      "A source that was removed is not called, nor is what was ready kept.")
{
	open_walkers(EVENT_READ);
	say(0);
	say(1);
	watchdog("loop_wait() did not return, though two descriptors could be "
	         "read.");
	loop_wait(loop, -1);
	watchdog(NULL);
	loop_remove(loop, &walkers[0].source);
	dispatch("b", "a was removed after the wait.");
	if (walkers[0].source.ready != 0)
		fail_test("After loop_remove() the source's `ready` is %u.",
		          walkers[0].source.ready);
	turn(0, "", "a was removed, though it has a byte to read.");
	SOCKETS_CHECK(loop_add(loop, &walkers[0].source));
	turn(-1, "a", "a was added again, and still has its byte.");
}

GIVEN(loop_remove_works_in_mid_batch,
      "A handler may remove itself, those still to come and those that have "
      "had their turn.")
{
	open_walkers(EVENT_READ);
	for (int i = 0; i < SOURCES; i++)
		loop_again(loop, &walkers[i].source);
	walkers[1].removes = &walkers[2];
	dispatch("abd", "b's handler removed c, which was to come next.");

	walkers[1].removes = NULL;
	walkers[0].removes = &walkers[0];
	walkers[3].removes = &walkers[1];
	loop_again(loop, &walkers[0].source);
	loop_again(loop, &walkers[1].source);
	loop_again(loop, &walkers[3].source);
	dispatch("abd", "a removed itself, and d removed b, which had run.");
	turn(0, "", "a, b and c are removed, d has nothing to do.");

	walkers[0].removes = NULL;
	SOCKETS_CHECK(loop_add(loop, &walkers[0].source));
	say(0);
	turn(-1, "a", "a was added again and got a byte.");
}

GIVEN(loop_remove_of_who_called_again,
      "A source that was called, wants to be called again, and is then "
      "removed, is not.")
{
	open_walkers(EVENT_READ);
	walkers[0].calls_again = true;
	walkers[1].removes = &walkers[0];
	loop_again(loop, &walkers[0].source);
	loop_again(loop, &walkers[1].source);
	dispatch("ab", "a called loop_again(), then b removed it.");
	walkers[1].removes = NULL;
	turn(0, "", "a is removed.");
}

GIVEN(loop_again_comes_next_turn,
      "Who calls loop_again() is called once in the next turn, after those who "
      "waited before.")
{
	open_walkers(EVENT_READ);
	walkers[0].calls_again = true;
	loop_again(loop, &walkers[0].source);
	loop_again(loop, &walkers[1].source);
	loop_again(loop, &walkers[0].source);
	dispatch("ab", "a (greedy, asked twice) and b wait for their turn.");
	loop_again(loop, &walkers[2].source);
	dispatch("ac", "a called loop_again() in the last turn, c after it.");
	walkers[0].wakes = &walkers[3];
	dispatch("a", "a has called loop_again().");
	walkers[0].calls_again = false;
	walkers[0].wakes = NULL;
	dispatch("da", "a's handler woke d, then itself.");
	dispatch("", "Nobody asked for another turn.");
}

GIVEN(loop_does_not_sleep_while_somebody_waits,
      "While a source waits for its turn, loop_wait() does not block, and "
      "still "
      "hears of others.")
{
	open_walkers(EVENT_READ);
	walkers[0].calls_again = true;
	loop_again(loop, &walkers[0].source);
	turn(-1, "a", "a called loop_again(); the wait was for ever.");
	say(1);
	turn(-1, "ab", "a is greedy, and b got a byte.");
	walkers[0].calls_again = false;
	turn(-1, "a", "a had asked for one more turn.");
}

GIVEN(loop_order_is_first_come_first_served,
      "Handlers run in the order in which their sources got ready.")
{
	open_walkers(EVENT_READ);
	loop_again(loop, &walkers[3].source);
	loop_again(loop, &walkers[1].source);
	say(0);
	say(3);
	turn(-1, "dba", "d and b waited, then a got a byte, and d too.");
	loop_again(loop, &walkers[2].source);
	loop_again(loop, &walkers[0].source);
	loop_again(loop, &walkers[1].source);
	dispatch("cab", "c, a and b asked for a turn, in this order.");
}

GIVEN(loop_refuses_descriptors_beyond_its_limit,
      "A descriptor numbered loop_fd_limit() or above cannot be watched: "
      "EMFILE.")
{
	struct event_source source = {.wants = EVENT_READ,
	                              .on_event = on_event};

	loop = loop_open();
	if (loop_fd_limit() == INT_MAX)
		return; /* this loop has no limit */
	for (int beyond = 0; beyond < 2; beyond++) {
		source.fd = loop_fd_limit() + beyond * 1000;
		errno = 0;
		int result = loop_add(loop, &source);
		if (result != -1 || errno != EMFILE)
			fail_test("loop_add() of descriptor %d returned %d, "
			          "errno %s. It should have returned -1 with "
			          "EMFILE: the limit is %d.",
			          source.fd, result, strerror(errno),
			          loop_fd_limit());
	}
}

GIVEN(loop_watches_its_highest_descriptor,
      "The descriptor just below loop_fd_limit() is watched like any other.")
{
	open_walkers(EVENT_READ);
	struct event_source *source = &walkers[0].source;

	if (loop_fd_limit() == INT_MAX)
		return;
	loop_remove(loop, source);
	int fd = dup2(source->fd, loop_fd_limit() - 1);
	if (fd == -1)
		not_checked("this process may not have descriptor %d: %s",
		            loop_fd_limit() - 1, strerror(errno));
	source->fd = fd;
	SOCKETS_CHECK(loop_add(loop, source));
	say(0);
	turn(-1, "a", "The highest descriptor that can be got a byte.");
}

GIVEN(loop_can_be_closed_with_sources,
      "loop_close() frees the loop and neither calls nor closes its sources.")
{
	open_walkers(EVENT_READ);
	say(0);
	memset(called, 0, sizeof called);
	loop_close(loop);
	loop_close(NULL);
	if (called[0] != '\0' || fcntl(walkers[0].source.fd, F_GETFD) == -1)
		fail_test("loop_close() called a handler, or closed a "
		          "source's descriptor.");
}
