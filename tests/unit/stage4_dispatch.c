/*
 * stage4_dispatch.c - exercises 4.4, 4.5, 4.7 and 4.8: which worker is given a
 * connection, and what becomes of it when that worker dies.
 *
 * The dispatcher is a real one, with a real loop and a listening socket. There
 * are no workers: the test holds the other ends of their channels. What stands
 * for a client's connection is a file, which can be told from others.
 */
#include "channel.h"
#include "descriptors.h"
#include "dispatch.h"
#include "harness/graded.h"
#include "harness/wait.h"
#include "sockets.h"
#include "watchdog.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { WORKERS = 3 };

struct hall {
	struct supervisor supervisor;
	struct dispatcher dispatcher;
	int worker_ends[WORKERS]; /* what the workers would have */
};

static int
open_listener(void)
{
	struct sockaddr_in address = sockets_loopback(0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	SOCKETS_CHECK(fd);
	SOCKETS_CHECK(bind(fd, (struct sockaddr *)&address, sizeof address));
	SOCKETS_CHECK(listen(fd, 10));
	sockets_unblock(fd);
	return fd;
}

/* A worker, with this status; -1: one that has ended. */
static void
add_worker(struct hall *hall, size_t i, enum worker_status status)
{
	struct supervisor *supervisor = &hall->supervisor;
	struct seat *seat = &supervisor->seats[i];
	int ends[2];

	sockets_unix(ends);
	sockets_unblock(ends[1]);
	hall->worker_ends[i] = ends[1];
	*seat = (struct seat){
		.supervisor = supervisor,
		.worker = &supervisor->job.table->workers[i],
		.news = {.fd = ends[0], .wants = EVENT_READ},
	};
	seat->worker->pid = getpid(); /* none of a test's business */
	seat->worker->status = WORKER_READY;
	supervisor->on_worker_ready(supervisor, seat);
	SOCKETS_CHECK(loop_add(supervisor->loop, &seat->news));
	seat->worker->status = status;
}

/* As many workers as are asked for, all ready. */
static struct hall *
open_hall(size_t count)
{
	static struct hall hall;
	static struct options options = {.workers = WORKERS};
	struct supervisor *supervisor = &hall.supervisor;

	supervisor->job.options = &options;
	supervisor->job.table = worker_table_new(count);
	supervisor->job.listen_fd = open_listener();
	supervisor->seats = calloc(count, sizeof *supervisor->seats);
	supervisor->loop = loop_open();
	supervisor->worker_count = count;
	timers_init(&supervisor->timers);
	for (size_t i = 0; i < count; i++)
		supervisor->seats[i] = (struct seat){
			.supervisor = supervisor,
			.worker = &supervisor->job.table->workers[i],
			.news.fd = -1,
		};
	dispatch_open(&hall.dispatcher, supervisor);
	for (size_t i = 0; i < count; i++)
		add_worker(&hall, i, WORKER_READY);
	return &hall;
}

static struct lane *
lane(struct hall *hall, size_t i)
{
	return &hall->dispatcher.lanes[i];
}

/* So many connections were given to this worker, and so many have ended. */
static void
set_load(struct hall *hall, size_t i, uint64_t sent, uint64_t closed)
{
	lane(hall, i)->sent_count = sent;
	lane(hall, i)->seat->worker->stats.closed = closed;
}

/* ---- 4.4: dispatch_choose() ---- */

static void
expect_choice(struct hall *hall, int expected, const char *story)
{
	watchdog("dispatch_choose() was called and did not return.");
	struct lane *chosen = dispatch_choose(&hall->dispatcher);
	watchdog(NULL);
	struct lane *right =
		expected == -1 ? NULL : lane(hall, (size_t)expected);
	if (chosen == right)
		return;
	char *said = chosen == NULL
	                     ? text_print("NULL")
	                     : text_print("the lane of worker %td",
	                                  chosen - hall->dispatcher.lanes);
	char *should = right == NULL
	                       ? text_print("NULL")
	                       : text_print("that of worker %d", expected);
	fail_test("%s dispatch_choose() returned %s. It should have returned "
	          "%s.",
	          story, said, should);
}

UNIT(4_04, choose_the_least_load, 2,
     "Of several workers the one with the smallest load is chosen, wherever it "
     "is in the table.")
{
	struct hall *hall = open_hall(WORKERS);

	for (int best = 0; best < WORKERS; best++) {
		for (size_t i = 0; i < WORKERS; i++)
			set_load(hall, i, 7 + i, 0);
		set_load(hall, (size_t)best, 3, 0);
		for (int times = 0; times < 2; times++)
			expect_choice(hall, best,
			              text_print("Worker %d had 3 "
			                         "connections, the others "
			                         "had 7 or more.",
			                         best));
	}
	set_load(hall, 0, 5000, 0);
	set_load(hall, 1, 256, 0);
	set_load(hall, 2, 3000, 0);
	expect_choice(hall, 1,
	              "The workers had 5000, 256 and 3000 connections.");
	set_load(hall, 0, 5, 0);
	set_load(hall, 1, 7, 0);
	lane(hall, 0)->kept_count = 4;
	expect_choice(hall, 0,
	              "Worker 0 was sent 5 connections, of which 4 were not "
	              "answered yet; worker 1 was sent 7, worker 2 3000.");
	lane(hall, 0)->kept_count = 0;
}

UNIT(4_04, choose_by_what_is_open, 2,
     "The load is what was sent less what has ended: who has finished much can "
     "have more.")
{
	struct hall *hall = open_hall(WORKERS);

	set_load(hall, 0, 10, 0);
	set_load(hall, 1, 1000, 995);
	set_load(hall, 2, 6, 0);
	expect_choice(hall, 1,
	              "Worker 0 was sent 10 connections and worker 2 was sent "
	              "6; none has ended. Worker 1 was sent 1000, of which 995 "
	              "have ended.");
	set_load(hall, 1, 1000, 993);
	expect_choice(hall, 2,
	              "Worker 0 was sent 10 connections and worker 2 was sent "
	              "6; none has ended. Worker 1 was sent 1000, of which 993 "
	              "have ended.");
}

UNIT(4_04, choose_the_first_of_equals, 1,
     "Of workers with the same load the first is chosen.")
{
	struct hall *hall = open_hall(WORKERS);

	for (int i = 0; i < 3; i++)
		expect_choice(hall, 0, "All workers had no connection.");
	set_load(hall, 0, 5, 0);
	set_load(hall, 1, 4, 0);
	set_load(hall, 2, 4, 0);
	expect_choice(hall, 1, "The workers had 5, 4 and 4 connections.");
}

UNIT(4_04, choose_only_who_is_ready, 1,
     "A worker that is not WORKER_READY is given nothing, however idle it is.")
{
	static const enum worker_status others[] = {
		WORKER_NONE, WORKER_STARTING, WORKER_DRAINING, WORKER_DEAD};
	static const char *const names[] = {"WORKER_NONE", "WORKER_STARTING",
	                                    "WORKER_DRAINING", "WORKER_DEAD"};
	struct hall *hall = open_hall(2);

	set_load(hall, 1, 9, 0);
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		lane(hall, 0)->seat->worker->status = others[i];
		expect_choice(hall, 1,
		              text_print("Worker 0 had no connection and was "
		                         "%s, worker 1 had 9.",
		                         names[i]));
	}
	/* Nothing else is asked: not how many there should be, nor which. */
	struct supervisor *supervisor = &hall->supervisor;
	lane(hall, 0)->seat->worker->status = WORKER_DRAINING;
	supervisor->worker_count = 1;
	expect_choice(hall, 1,
	              "Worker 0 was WORKER_DRAINING, and its successor in the "
	              "second place of the table ready: worker_count is 1, "
	              "the table has more places (lane_count).");
	supervisor->worker_count = 2;
	lane(hall, 0)->seat->worker->status = WORKER_READY;
	supervisor->job.table->generation++;
	expect_choice(hall, 0,
	              "SIGHUP had come, and no successor was ready: worker 0, "
	              "of the earlier generation, had no connection, worker 1 "
	              "had 9.");
	hall->dispatcher.is_stopping = true;
	expect_choice(hall, 0,
	              "The server was stopping, and its last clients came: "
	              "worker 0 had no connection, worker 1 had 9.");
}

UNIT(4_04, choose_not_who_has_no_room, 1,
     "A worker that is full, whose channel is blocked, or that has 16 still to "
     "answer, is passed over.")
{
	struct hall *hall = open_hall(2);
	struct lane *first = lane(hall, 0);

	set_load(hall, 1, 90, 0);
	first->is_full = true;
	expect_choice(hall, 1,
	              "Worker 0 had refused one (is_full); worker 1 "
	              "had 90 connections.");
	first->is_full = false;
	first->is_blocked = true;
	expect_choice(hall, 1,
	              "Worker 0's channel was full (is_blocked); "
	              "worker 1 had 90 connections.");
	first->is_blocked = false;
	first->kept_count = DISPATCH_UNANSWERED_MAX;
	expect_choice(hall, 1,
	              "Worker 0 had 16 connections to answer "
	              "(kept_count); worker 1 had 90 connections.");
	first->kept_count = DISPATCH_UNANSWERED_MAX - 1;
	expect_choice(hall, 0,
	              "Worker 0 had 15 connections to answer "
	              "(kept_count), one less than it may; worker 1 "
	              "had 90 connections.");
	first->kept_count = 0;
}

UNIT(4_04, choose_nobody, 1, "If no worker can take a connection: NULL.")
{
	struct hall *hall = open_hall(WORKERS);

	lane(hall, 0)->seat->worker->status = WORKER_DEAD;
	lane(hall, 1)->is_full = true;
	lane(hall, 2)->is_blocked = true;
	expect_choice(hall, -1,
	              "Worker 0 was dead, worker 1 full, and the "
	              "channel of worker 2 blocked.");
	if (!lane(hall, 1)->is_full || !lane(hall, 2)->is_blocked)
		fail_test("Worker 1 was full and the channel of worker 2 "
		          "blocked. dispatch_choose() has changed that. It "
		          "only looks: they have no more room than before.");
}

/* ---- 4.5: dispatch_hand_over() ---- */

static int
hand_over(struct hall *hall, int fd)
{
	watchdog("dispatch_hand_over() was called and did not return. The main "
	         "process must not wait for a worker.");
	int result = dispatch_hand_over(&hall->dispatcher, fd);
	watchdog(NULL);
	return result;
}

static void
expect_hand_over(struct hall *hall, int fd, const char *story)
{
	int result = hand_over(hall, fd);

	if (result != 0)
		fail_test("%s dispatch_hand_over() returned %d. It should have "
		          "returned 0.",
		          story, result);
}

/* Is it the same file? It may be closed here by now: 4.7 may not be written
   yet, and then closes what it should keep. */
static bool
is_file(int fd, const struct stat *file)
{
	struct stat status;

	return fstat(fd, &status) == 0 && status.st_dev == file->st_dev &&
	       status.st_ino == file->st_ino;
}

static struct stat
status_of(int fd)
{
	struct stat status;

	SOCKETS_CHECK(fstat(fd, &status));
	return status;
}

/* What has come at the worker's end is this. */
static void
expect_arrived(struct hall *hall, size_t i, const struct stat *file,
               const char *story)
{
	struct descriptors_message got = descriptors_take(hall->worker_ends[i]);

	if (got.bytes != 1 || got.count != 1)
		fail_test("%s Down the channel of worker %zu came %zd bytes "
		          "with %zu descriptors. It should have been one byte "
		          "with one descriptor.",
		          story, i, got.bytes, got.count);
	if (!is_file(got.fds[0], file))
		fail_test("%s Down the channel of worker %zu came a descriptor "
		          "for another file.",
		          story, i);
	close(got.fds[0]);
}

static void
expect_not_arrived(struct hall *hall, size_t i, const char *story)
{
	if (descriptors_take(hall->worker_ends[i]).bytes > 0)
		fail_test("%s Something came down the channel of worker %zu, "
		          "too.",
		          story, i);
}

/* The worker's channel takes no more. Returns how many messages it holds. */
static int
fill_channel(struct hall *hall, size_t i)
{
	int fd = lane(hall, i)->seat->news.fd;
	int file = descriptors_file();
	int count = 0;

	SOCKETS_CHECK(
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &(int){1}, sizeof(int)));
	while (descriptors_give(fd, &file, 1) == 1)
		count++;
	return count;
}

static void
empty_channel(struct hall *hall, size_t i)
{
	for (;;) {
		struct descriptors_message got =
			descriptors_take(hall->worker_ends[i]);
		if (got.bytes <= 0)
			break;
		for (size_t k = 0; k < got.count; k++)
			close(got.fds[k]);
	}
}

UNIT(4_05, hand_over_sends_and_counts, 1,
     "The descriptor goes down the lane that was chosen, and is counted there.")
{
	static const char story[] =
		"Worker 0 had 5 connections, worker 1 had 2. A connection was "
		"handed over.";
	struct hall *hall = open_hall(2);
	int fd = descriptors_file();
	struct stat file = status_of(fd);

	set_load(hall, 0, 5, 0);
	set_load(hall, 1, 2, 0);
	expect_hand_over(hall, fd, story);
	expect_arrived(hall, 1, &file, story);
	expect_not_arrived(hall, 0, story);
	if (lane(hall, 0)->sent_count != 5 || lane(hall, 1)->sent_count != 3)
		fail_test("%s The lanes' sent_count are %ju and %ju now. They "
		          "should be 5 and 3.",
		          story, (uintmax_t)lane(hall, 0)->sent_count,
		          (uintmax_t)lane(hall, 1)->sent_count);
}

UNIT(4_05, hand_over_keeps, 1,
     "What was sent is given to dispatch_keep(): it is not forgotten, or "
     "nobody "
     "would ever close it, and not closed before the worker has answered.")
{
	static const char story[] = "A connection was handed over to a worker.";
	struct hall *hall = open_hall(1);
	struct lane *only = lane(hall, 0);
	int fd = descriptors_file();

	expect_hand_over(hall, fd, story);
	if (only->kept_count == 0 && descriptors_is_open(fd))
		fail_test("%s It is still open here, and is not among those "
		          "that are kept (kept_count is 0). When the worker "
		          "closes it the client will not see the end, and each "
		          "connection costs a descriptor.",
		          story);
	if (only->kept_count > 0 && !descriptors_is_open(fd))
		fail_test("%s It is among those that are kept until answered, "
		          "but it is closed: if the worker dies it is lost.",
		          story);
	if (only->kept_count > 1)
		fail_test("%s It was kept %zu times.", story, only->kept_count);
}

UNIT(4_05, hand_over_spreads, 1,
     "What was sent counts at once: the next connection goes to another "
     "worker, "
     "before any has answered.")
{
	struct hall *hall = open_hall(WORKERS);
	int count[WORKERS] = {0};

	for (int i = 0; i < 2 * WORKERS; i++)
		expect_hand_over(hall, descriptors_file(),
		                 "Three workers were idle.");
	for (size_t i = 0; i < WORKERS; i++)
		while (descriptors_take(hall->worker_ends[i]).bytes == 1)
			count[i]++;
	if (count[0] != 2 || count[1] != 2 || count[2] != 2)
		fail_test("6 connections were handed over to 3 workers, none "
		          "of which had answered yet. They got %d, %d and %d. "
		          "It should be 2 each.",
		          count[0], count[1], count[2]);
}

UNIT(4_05, hand_over_past_a_full_channel, 1,
     "When a worker's channel is full, another gets the connection, and the "
     "note is taken that this one is blocked.")
{
	static const char story[] =
		"The channels of workers 0 and 1 were full. Worker 2 had 9 "
		"connections. A connection was handed over.";
	struct hall *hall = open_hall(WORKERS);
	struct lane *first = lane(hall, 0);
	int fd = descriptors_file();
	struct stat file = status_of(fd);

	fill_channel(hall, 0);
	fill_channel(hall, 1);
	first->seat->news.ready = EVENT_READ | EVENT_WRITE;
	set_load(hall, 2, 9, 0);
	expect_hand_over(hall, fd, story);
	expect_arrived(hall, 2, &file, story);
	if (!first->is_blocked)
		fail_test("%s Worker 0's lane should be is_blocked now: "
		          "otherwise it is tried for each connection.",
		          story);
	if (first->sent_count != 0 || first->kept_count != 0)
		fail_test("%s It did not go to worker 0, but there sent_count "
		          "is %ju and kept_count %zu.",
		          story, (uintmax_t)first->sent_count,
		          first->kept_count);
	if (lane(hall, 2)->is_blocked || lane(hall, 2)->sent_count != 10)
		fail_test("%s Worker 2 took it; there is_blocked is %d and "
		          "sent_count %ju. It should be 0 and 10.",
		          story, lane(hall, 2)->is_blocked,
		          (uintmax_t)lane(hall, 2)->sent_count);
	if (!(first->seat->news.ready & EVENT_READ))
		fail_test("%s Before, worker 0 had said something that nobody "
		          "had read yet: EVENT_READ was in its source's "
		          "`ready`. Now it is not. Only EVENT_WRITE was used "
		          "up.",
		          story);
	if (first->is_full)
		fail_test("%s Worker 0 has refused nobody, and is_full is "
		          "set: its channel is full, which is is_blocked.",
		          story);
	if (hall->dispatcher.retry.queue == NULL)
		fail_test("%s start_retry() was not called: if no event comes, "
		          "worker 0 stays is_blocked for ever.",
		          story);
}

UNIT(4_05, hand_over_past_it_again, 1,
     "When a channel was tried again and is still full, its source wants "
     "EVENT_WRITE as before, and the retry timer keeps its time.")
{
	static const char story[] =
		"A worker's channel was full; a connection could not be handed "
		"over. is_blocked was taken back, as the retry timer does, and "
		"another connection was handed over: the channel was still "
		"full.";
	struct hall *hall = open_hall(1);
	struct lane *only = lane(hall, 0);
	struct timer *retry = &hall->dispatcher.retry;

	fill_channel(hall, 0);
	if (hand_over(hall, descriptors_file()) != -1)
		fail_test("The channel of the only worker was full. "
		          "dispatch_hand_over() should have returned -1.");
	int64_t deadline_ms = --retry->deadline_ms; /* no other has this one */
	only->is_blocked = false;
	if (hand_over(hall, descriptors_file()) != -1)
		fail_test("%s dispatch_hand_over() should have returned -1.",
		          story);
	if (!only->is_blocked)
		fail_test("%s is_blocked should be true again.", story);
	if (only->seat->news.wants != (EVENT_READ | EVENT_WRITE))
		fail_test("%s Its source (seat->news) should want EVENT_READ "
		          "and EVENT_WRITE, as the first time; `wants` is %u.",
		          story, (unsigned)only->seat->news.wants);
	if (retry->queue != NULL && retry->deadline_ms != deadline_ms)
		fail_test("%s The retry timer ran, and was started anew: with "
		          "many clients it would never run out. start_retry() "
		          "leaves one that runs alone.",
		          story);
}

UNIT(4_05, hand_over_past_a_dead_worker, 1,
     "When a worker has died, and nobody knows yet, another gets the "
     "connection.")
{
	static const char story[] =
		"Worker 0 had died, and the main process had not heard of it. "
		"Worker 1 had 9 connections. A connection was handed over.";
	struct hall *hall = open_hall(2);
	int fd = descriptors_file();
	struct stat file = status_of(fd);

	close(hall->worker_ends[0]);
	set_load(hall, 1, 9, 0);
	expect_hand_over(hall, fd, story);
	expect_arrived(hall, 1, &file, story);
	if (lane(hall, 0)->sent_count != 0 || lane(hall, 0)->kept_count != 0)
		fail_test("%s Worker 0 did not get it, but there sent_count is "
		          "%ju and kept_count %zu.",
		          story, (uintmax_t)lane(hall, 0)->sent_count,
		          lane(hall, 0)->kept_count);
	if (lane(hall, 0)->seat->worker->status != WORKER_READY)
		fail_test("%s Worker 0's status was changed. That is the "
		          "supervisor's to do, when it has reaped the worker: "
		          "by the status it knows whether it died young.",
		          story);
}

UNIT(4_05, hand_over_hears_of_room, 1,
     "When there is room in a full channel again, the loop says so, and the "
     "worker is given connections again.")
{
	struct hall *hall = open_hall(1);
	struct lane *only = lane(hall, 0);
	struct loop *loop = hall->supervisor.loop;

	fill_channel(hall, 0);
	only->seat->news.ready = EVENT_WRITE; /* from when it was empty */
	if (hand_over(hall, descriptors_file()) != -1)
		fail_test("The channel of the only worker was full. "
		          "dispatch_hand_over() should have returned -1.");
	if (hall->dispatcher.retry.queue == NULL)
		fail_test("The channel of the only worker was full. "
		          "dispatch_hand_over() returned -1, but has not "
		          "called start_retry(): if no event comes, nobody "
		          "would look again.");
	only->is_full = true;
	SOCKETS_CHECK(send(hall->worker_ends[0], "r", 1, 0));
	for (int i = 0; i < 3; i++) {
		loop_wait(loop, 0);
		loop_dispatch(loop);
	}
	if (only->is_full)
		fail_test("A channel was full, and dispatch_hand_over() "
		          "returned -1. Then the worker said 'r', and nobody "
		          "heard it: its source (seat->news) should still want "
		          "EVENT_READ.");
	if (!only->is_blocked)
		fail_test("A channel was full, and dispatch_hand_over() "
		          "returned -1. Then the worker said something, but "
		          "took nothing out of the channel. is_blocked should "
		          "still be true: was EVENT_WRITE, which was used up, "
		          "cleared in `ready`?");
	empty_channel(hall, 0);
	for (int i = 0; i < 100 && only->is_blocked; i++) {
		loop_wait(loop, 10);
		loop_dispatch(loop);
	}
	if (only->is_blocked)
		fail_test("A channel was full, and dispatch_hand_over() "
		          "returned -1. Then the worker took everything out. "
		          "The loop turned, and is_blocked is still true: its "
		          "source (seat->news) should want EVENT_WRITE.");
	expect_hand_over(hall, descriptors_file(),
	                 "A channel had been full, and was empty again.");
}

UNIT(4_05, hand_over_to_nobody, 1,
     "When nobody can take it: -1, and the descriptor is still the caller's, "
     "open.")
{
	struct hall *hall = open_hall(2);
	int fd = descriptors_file();

	lane(hall, 0)->is_full = true;
	fill_channel(hall, 1);
	int result = hand_over(hall, fd);
	if (result != -1)
		fail_test("Worker 0 was full, and so was the channel of worker "
		          "1. dispatch_hand_over() returned %d. It should have "
		          "returned -1.",
		          result);
	if (!descriptors_is_open(fd))
		fail_test("Nobody could take a connection. "
		          "dispatch_hand_over() returned -1 and closed it. It "
		          "is still the caller's.");
	for (size_t i = 0; i < 2; i++)
		if (lane(hall, i)->sent_count > 0 ||
		    lane(hall, i)->kept_count > 0)
			fail_test("Nobody could take a connection, but for "
			          "worker %zu sent_count is %ju and kept_count "
			          "%zu. Both should be 0.",
			          i, (uintmax_t)lane(hall, i)->sent_count,
			          lane(hall, i)->kept_count);
	if (hall->dispatcher.waiting_count > 0)
		fail_test("Nobody could take a connection. "
		          "dispatch_hand_over() returned -1, and has put it "
		          "among those that wait. It is the caller's, who "
		          "does so too: then it is served twice.");
}

/* ---- 4.7: dispatch_keep() ---- */

/* The lane has had so many connections that were answered: the ring begins
   there. */
static void
turn_ring(struct hall *hall, size_t count)
{
	struct lane *only = lane(hall, 0);

	for (size_t i = 0; i < count; i++) {
		dispatch_keep(only, descriptors_file());
		dispatch_answer(&hall->dispatcher, only, CHANNEL_ADOPTED);
	}
}

/* Keeps so many files; all must be open then. */
static void
keep(struct hall *hall, int *files, size_t count)
{
	struct lane *only = lane(hall, 0);
	size_t before = only->kept_count;

	for (size_t i = 0; i < count; i++) {
		files[i] = descriptors_file();
		watchdog("dispatch_keep() was called and did not return.");
		dispatch_keep(only, files[i]);
		watchdog(NULL);
	}
	if (only->kept_count != before + count)
		fail_test("dispatch_keep() was called %zu times; kept_count "
		          "was %zu before, and is %zu now.",
		          count, before, only->kept_count);
	for (size_t i = 0; i < count; i++)
		if (!descriptors_is_open(files[i]))
			fail_test("dispatch_keep() was called for %zu "
			          "descriptors. Number %zu is closed now. It "
			          "should be kept open until the worker has "
			          "answered.",
			          count, i + 1);
}

/* The worker says '+' for each: they are closed one after the other. */
static void
expect_closed_in_order(struct hall *hall, const int *files, size_t count,
                       const char *story)
{
	for (size_t i = 0; i < count; i++) {
		dispatch_answer(&hall->dispatcher, lane(hall, 0),
		                CHANNEL_ADOPTED);
		for (size_t k = 0; k < count; k++) {
			bool should_be_open = k > i;
			if (descriptors_is_open(files[k]) == should_be_open)
				continue;
			fail_test("%s Then the worker answered '+' %zu times. "
			          "The descriptor kept as number %zu of %zu is "
			          "%s. The answers come in the order in which "
			          "the connections were sent.",
			          story, i + 1, k + 1, count,
			          should_be_open ? "closed already"
			                         : "still open");
		}
	}
}

UNIT(4_07, keep_in_order, 2,
     "What is kept stays open, and is closed when its answer comes: the first "
     "one sent with the first answer.")
{
	struct hall *hall = open_hall(1);
	int files[3];

	keep(hall, files, 3);
	expect_closed_in_order(hall, files, 3, "Three were kept.");
}

UNIT(4_07, keep_all_around, 2,
     "The ring has 16 places, wherever it begins: after the last place comes "
     "the first.")
{
	struct hall *hall = open_hall(1);
	int files[DISPATCH_UNANSWERED_MAX];

	for (int round = 0; round < 4; round++) {
		keep(hall, files, DISPATCH_UNANSWERED_MAX);
		expect_closed_in_order(
			hall, files, DISPATCH_UNANSWERED_MAX,
			text_print("In round %d, 16 were kept.", round + 1));
		turn_ring(hall, 5);
	}
	if (lane(hall, 0)->sent_count != 0 || lane(hall, 0)->is_full ||
	    lane(hall, 0)->is_blocked)
		fail_test("dispatch_keep() was called, and the fields of the "
		          "lane beside the ring have changed.");
}

UNIT(4_07, keep_while_answers_come, 1,
     "New ones are kept behind those whose answer is still to come.")
{
	struct hall *hall = open_hall(1);
	struct lane *only = lane(hall, 0);
	int files[100];
	size_t answered = 0;

	keep(hall, files, 10);
	for (size_t i = 10; i < 100; i++) {
		dispatch_answer(&hall->dispatcher, only, CHANNEL_ADOPTED);
		if (descriptors_is_open(files[answered]))
			fail_test("Ten are kept at a time. '+' number %zu has "
			          "come, and the descriptor kept as number %zu "
			          "is still open: another one was closed.",
			          answered + 1, answered + 1);
		answered++;
		keep(hall, &files[i], 1);
		files[answered - 1] = -1;
	}
}

/* ---- 4.8: dispatch_take_back() ---- */

/* So many were sent to the worker, and are kept. Not by dispatch_keep(), which
   may not be written. */
static void
send_kept(struct hall *hall, size_t i, int *files, size_t count, size_t first)
{
	struct lane *its = lane(hall, i);

	its->kept_first = first;
	for (size_t k = 0; k < count; k++) {
		files[k] = descriptors_file();
		its->kept[(first + k) % DISPATCH_UNANSWERED_MAX] = files[k];
		descriptors_give_one(its->seat->news.fd, files[k]);
	}
	its->kept_count = count;
	its->sent_count = count;
}

/* The worker has answered so, and died. */
static void
die(struct hall *hall, size_t i, const char *answers)
{
	SOCKETS_CHECK(send(hall->worker_ends[i], answers, strlen(answers), 0));
	close(hall->worker_ends[i]);
	hall->worker_ends[i] = -1;
}

static void
take_back(struct hall *hall, size_t i)
{
	watchdog("A worker was dead. dispatch_take_back() was called and did "
	         "not return.");
	dispatch_take_back(&hall->dispatcher, lane(hall, i));
	watchdog(NULL);
}

/* These wait to be handed over, in this order, and are open. */
static void
expect_waiting(struct hall *hall, const int *files, size_t count,
               const char *story)
{
	struct dispatcher *dispatcher = &hall->dispatcher;

	if (dispatcher->waiting_count != count)
		fail_test("%s After dispatch_take_back() %zu connections wait "
		          "to be handed over. It should be %zu.",
		          story, dispatcher->waiting_count, count);
	for (size_t i = 0; i < count; i++) {
		size_t place = dispatcher->waiting_first + i;
		int fd = dispatcher->waiting[place % dispatcher->waiting_max];
		if (fd != files[i])
			fail_test("%s After dispatch_take_back() the one that "
			          "waits as number %zu is descriptor %d. It "
			          "should be %d: the order in which they were "
			          "sent.",
			          story, i + 1, fd, files[i]);
		if (!descriptors_is_open(fd))
			fail_test("%s After dispatch_take_back() the one that "
			          "waits as number %zu is closed.",
			          story, i + 1);
	}
}

UNIT(4_08, take_back_in_order, 2,
     "What a dead worker has not answered waits for another, in the order in "
     "which it was sent.")
{
	enum { COUNT = DISPATCH_UNANSWERED_MAX };
	struct hall *hall = open_hall(2);
	int files[COUNT];
	int channel = lane(hall, 0)->seat->news.fd;

	send_kept(hall, 0, files, COUNT, 11); /* around the ring's end */
	die(hall, 0, "");
	hall->dispatcher.is_stopping = true; /* nothing is lost then, either */
	take_back(hall, 0);
	expect_waiting(hall, files, COUNT,
	               "A worker was sent 16 connections and died before it "
	               "answered.");
	if (lane(hall, 0)->kept_count != 0)
		fail_test("A worker was sent 16 connections and died. After "
		          "dispatch_take_back() kept_count is %zu; nothing "
		          "should be kept any more.",
		          lane(hall, 0)->kept_count);
	if (lane(hall, 0)->seat->news.fd != channel ||
	    !descriptors_is_open(channel))
		fail_test("A worker had died. dispatch_take_back() has closed "
		          "its channel, or changed news.fd. Its source is "
		          "still in the loop: the supervisor takes it out, and "
		          "closes it then.");
}

UNIT(4_08, take_back_reads_answers_first, 2,
     "A worker answered, and then died: what it had adopted is not given to "
     "another one, who would begin in the middle.")
{
	static const char story[] =
		"A worker was sent 6 connections. It answered '+', '-', '+' "
		"and died; nobody had read the answers.";
	struct hall *hall = open_hall(1);
	int files[6];

	send_kept(hall, 0, files, 6, 3);
	die(hall, 0, "+-+");
	take_back(hall, 0);
	if (descriptors_is_open(files[0]) || descriptors_is_open(files[2]))
		fail_test("%s The first and the third were adopted; after "
		          "dispatch_take_back() they should be closed here.",
		          story);
	const int back[] = {files[1], files[3], files[4], files[5]};
	expect_waiting(hall, back, 4, story);
}

UNIT(4_08, take_back_after_a_reset, 1,
     "A worker that dies with unread messages leaves ECONNRESET on the "
     "channel; "
     "all its answers are heard, however many there are.")
{
	enum { COUNT = DISPATCH_UNANSWERED_MAX, ANSWERED = COUNT - 2 };
	static const char story[] =
		"A worker was sent 16 connections. It took 14 of them, "
		"answered "
		"'+' for each, and died; two lay unread in its channel.";
	struct hall *hall = open_hall(1);
	int files[COUNT];

	send_kept(hall, 0, files, COUNT, 15);
	for (int i = 0; i < ANSWERED; i++) {
		struct descriptors_message got =
			descriptors_take(hall->worker_ends[0]);
		close(got.fds[0]);
	}
	die(hall, 0, "++++++++++++++");
	take_back(hall, 0);
	expect_waiting(hall, &files[ANSWERED], COUNT - ANSWERED, story);
}

UNIT(4_08, take_back_nothing, 1,
     "A worker that has answered all leaves nothing; those who wait already "
     "stay in front; one whose channel is gone is no problem.")
{
	struct hall *hall = open_hall(2);
	int files[4];

	send_kept(hall, 0, files, 2, 0);
	die(hall, 0, "++");
	take_back(hall, 0);
	expect_waiting(hall, files, 0,
	               "A worker was sent 2 connections, answered '+' for "
	               "both, and died.");

	send_kept(hall, 1, files, 2, 15);
	die(hall, 1, "");
	take_back(hall, 1);
	expect_waiting(hall, files, 2,
	               "A worker was sent 2 connections and died.");

	struct seat *seat = lane(hall, 0)->seat;
	seat->news.fd = -1;
	for (size_t i = 0; i < 2; i++) {
		files[2 + i] = descriptors_file();
		lane(hall, 0)->kept[i] = files[2 + i];
	}
	lane(hall, 0)->kept_first = 0;
	lane(hall, 0)->kept_count = 2;
	take_back(hall, 0);
	expect_waiting(hall, files, 4,
	               "Two connections waited. Then a worker died that had "
	               "two more, and whose channel could not be watched "
	               "(news.fd is -1).");
}
