/*
 * dispatch.c - the main process accepts, and hands each connection to a worker.
 */
#include "dispatch.h"

#include "channel.h"
#include "web/log.h"

#include <assert.h>
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static struct lane *
lane_of(struct dispatcher *dispatcher, const struct seat *seat)
{
	return &dispatcher->lanes[seat - dispatcher->supervisor->seats];
}

static void
start_retry(struct dispatcher *dispatcher)
{
	if (dispatcher->retry.queue == NULL)
		timers_start(&dispatcher->retries, &dispatcher->retry,
		             timers_now_ms());
}

static void
add_waiting(struct dispatcher *dispatcher, int fd)
{
	assert(dispatcher->waiting_count < dispatcher->waiting_max);
	size_t last = dispatcher->waiting_first + dispatcher->waiting_count;
	dispatcher->waiting[last % dispatcher->waiting_max] = fd;
	dispatcher->waiting_count++;
}

static int
take_waiting(struct dispatcher *dispatcher)
{
	assert(dispatcher->waiting_count > 0);
	int fd = dispatcher->waiting[dispatcher->waiting_first];
	dispatcher->waiting_first =
		(dispatcher->waiting_first + 1) % dispatcher->waiting_max;
	dispatcher->waiting_count--;
	return fd;
}

/* No more connections for this worker: the end of the stream tells it, behind
   all that was sent before. */
static void
hang_up(struct lane *lane)
{
	if (lane->seat->news.fd != -1)
		shutdown(lane->seat->news.fd, SHUT_WR);
}

/* When the server stops and every connection has found its worker. */
static void
hang_up_all(struct dispatcher *dispatcher)
{
	for (size_t i = 0; i < dispatcher->lane_count; i++)
		if (dispatcher->lanes[i].kept_count > 0)
			return; /* it may still be refused */
	for (size_t i = 0; i < dispatcher->lane_count; i++)
		hang_up(&dispatcher->lanes[i]);
}

/* Something has changed for the better: those who wait go first, and if nobody
   waits any more, new clients are welcome. */
static void
go_on(struct dispatcher *dispatcher)
{
	while (dispatcher->waiting_count > 0) {
		int fd = dispatcher->waiting[dispatcher->waiting_first];
		if (dispatch_hand_over(dispatcher, fd) == -1)
			return;
		take_waiting(dispatcher);
	}
	if (dispatcher->is_stopping)
		hang_up_all(dispatcher);
	else
		listener_resume(&dispatcher->listener);
}

static bool
has_room(void *owner)
{
	struct dispatcher *dispatcher = owner;

	if (dispatcher->is_stopping) /* the last ones: all that fit */
		return dispatcher->waiting_count < DISPATCH_LAST_CLIENTS_MAX;
	return dispatcher->waiting_count == 0 &&
	       dispatch_choose(dispatcher) != NULL;
}

static void
on_accept(void *owner, int fd)
{
	struct dispatcher *dispatcher = owner;

	if (dispatcher->waiting_count > 0 ||
	    dispatch_hand_over(dispatcher, fd) == -1)
		add_waiting(dispatcher, fd);
}

/* There may be room that nobody has told us of: try those that had none. */
static void
on_retry(struct timer *timer)
{
	struct dispatcher *dispatcher =
		LIST_ITEM(timer, struct dispatcher, retry);

	for (size_t i = 0; i < dispatcher->lane_count; i++) {
		dispatcher->lanes[i].is_full = false;
		dispatcher->lanes[i].is_blocked = false;
	}
	go_on(dispatcher);
}

/* Handles all answers that have come. */
static void
read_answers(struct dispatcher *dispatcher, struct lane *lane)
{
	struct event_source *source = &lane->seat->news;
	char answers[2 * DISPATCH_UNANSWERED_MAX];

	for (;;) {
		ssize_t got = read(source->fd, answers, sizeof answers);
		if (got == 0)
			break; /* the worker has ended */
		/* ECONNRESET: it has ended, and left descriptors unread. That
		   is said once, behind its answers; then comes the end. */
		if (got == -1 && errno != ECONNRESET && errno != EINTR)
			break;
		for (ssize_t i = 0; i < got; i++)
			dispatch_answer(dispatcher, lane, answers[i]);
	}
	source->ready &= ~EVENT_READ;
}

static void
on_channel_event(struct event_source *source)
{
	struct seat *seat = LIST_ITEM(source, struct seat, news);
	struct dispatcher *dispatcher = seat->supervisor->owner;
	struct lane *lane = lane_of(dispatcher, seat);

	if (source->ready & EVENT_READ)
		read_answers(dispatcher, lane);
	if (source->ready & source->wants & EVENT_WRITE) {
		source->wants = EVENT_READ;
		lane->is_blocked = false;
	}
	go_on(dispatcher);
}

static void
on_worker_ready(struct supervisor *supervisor, struct seat *seat)
{
	struct dispatcher *dispatcher = supervisor->owner;
	struct lane *lane = lane_of(dispatcher, seat);

	*lane = (struct lane){.seat = seat};
	seat->news.on_event = on_channel_event;
	/* It was told to end at once? That came right behind the ready byte. */
	read_answers(dispatcher, lane);
	go_on(dispatcher);
}

static void
on_worker_end(struct supervisor *supervisor, struct seat *seat)
{
	struct dispatcher *dispatcher = supervisor->owner;

	dispatch_take_back(dispatcher, lane_of(dispatcher, seat));
	go_on(dispatcher);
}

static void
on_stop(struct supervisor *supervisor)
{
	struct dispatcher *dispatcher = supervisor->owner;

	dispatcher->is_stopping = true;
	supervisor->job.table->is_stopping = true;
	listener_stop(&dispatcher->listener);
	go_on(dispatcher);
}

static void
open_lanes(struct dispatcher *dispatcher)
{
	struct supervisor *supervisor = dispatcher->supervisor;
	size_t count = supervisor->job.table->count;

	dispatcher->lane_count = count;
	dispatcher->lanes = calloc(count, sizeof *dispatcher->lanes);
	dispatcher->waiting_max =
		count * DISPATCH_UNANSWERED_MAX + DISPATCH_LAST_CLIENTS_MAX + 1;
	dispatcher->waiting = calloc(dispatcher->waiting_max, sizeof(int));
	if (dispatcher->lanes == NULL || dispatcher->waiting == NULL)
		err(1, "cannot make room for %zu workers", count);
	for (size_t i = 0; i < count; i++)
		dispatcher->lanes[i].seat = &supervisor->seats[i];
}

void
dispatch_open(struct dispatcher *dispatcher, struct supervisor *supervisor)
{
	dispatcher->supervisor = supervisor;
	open_lanes(dispatcher);
	timers_add_queue(&supervisor->timers, &dispatcher->retries,
	                 DISPATCH_RETRY_MS);
	timers_prepare(&dispatcher->retry, on_retry);
	supervisor->owner = dispatcher;
	supervisor->on_worker_ready = on_worker_ready;
	supervisor->on_worker_end = on_worker_end;
	supervisor->on_stop = on_stop;

	dispatcher->listener.owner = dispatcher;
	dispatcher->listener.has_room = has_room;
	dispatcher->listener.on_accept = on_accept;
	if (listener_start(&dispatcher->listener, supervisor->job.listen_fd,
	                   supervisor->loop, &supervisor->timers) == -1)
		err(1, "cannot watch the listening socket");
}

void
dispatch_close(struct dispatcher *dispatcher)
{
	while (dispatcher->waiting_count > 0)
		close(take_waiting(dispatcher));
	timers_stop(&dispatcher->retry);
	free(dispatcher->waiting);
	free(dispatcher->lanes);
}

uint64_t
dispatch_load(const struct lane *lane)
{
	return lane->sent_count - stats_read(&lane->seat->worker->stats.closed);
}

/*
 * Exercise 4.4 - Choose the worker.
 *
 * Of all lanes whose worker can take a connection, the one with the smallest
 * dispatch_load(); of equal ones, the first. NULL if there is none.
 *
 * A worker can take one if it is WORKER_READY; has not refused one (is_full);
 * its channel is not full (is_blocked); and it has fewer than
 * DISPATCH_UNANSWERED_MAX still to answer (kept_count).
 */
struct lane *
dispatch_choose(struct dispatcher *dispatcher)
{
	struct lane *best = NULL;
	uint64_t best_load = UINT64_MAX;

	for (size_t i = 0; i < dispatcher->lane_count; i++) {
		struct lane *lane = &dispatcher->lanes[i];
		if (lane->seat->worker->status != WORKER_READY ||
		    lane->is_full || lane->is_blocked ||
		    lane->kept_count == DISPATCH_UNANSWERED_MAX)
			continue;
		uint64_t load = dispatch_load(lane);
		if (load < best_load) {
			best = lane;
			best_load = load;
		}
	}
	return best;
}

/*
 * Exercise 4.5 - Hand over.
 *
 * Sends fd down the lane that dispatch_choose() says, counts it in sent_count,
 * and calls dispatch_keep(): who sends a descriptor still has it, and must not
 * forget it. Returns 0.
 *
 * If it cannot be sent, the main process does not wait: it notes is_blocked,
 * lets the channel's source (seat->news) want EVENT_WRITE too and clears that
 * in `ready` (the handler takes the note away again), calls start_retry(), and
 * chooses anew. -1 when nobody is left to choose: fd is still the caller's.
 */
int
dispatch_hand_over(struct dispatcher *dispatcher, int fd)
{
	struct lane *lane;

	while ((lane = dispatch_choose(dispatcher)) != NULL) {
		struct event_source *source = &lane->seat->news;
		if (channel_send_fd(source->fd, fd) == 0) {
			lane->sent_count++;
			dispatch_keep(lane, fd);
			return 0;
		}
		lane->is_blocked = true;
		source->wants = EVENT_READ | EVENT_WRITE;
		source->ready &= ~EVENT_WRITE;
		start_retry(dispatcher);
	}
	return -1;
}

/*
 * Exercise 4.7 - Keep it until answered.
 *
 * Puts fd behind the last one of the ring: kept[] has DISPATCH_UNANSWERED_MAX
 * places, the oldest of the kept_count in use is kept[kept_first], and after
 * the last place comes the first. dispatch_choose() has seen that one is free.
 *
 * Until written: close(fd);
 */
void
dispatch_keep(struct lane *lane, int fd)
{
	size_t last = lane->kept_first + lane->kept_count;

	lane->kept[last % DISPATCH_UNANSWERED_MAX] = fd;
	lane->kept_count++;
}

/* The oldest of those unanswered; -1: there is none. */
static int
take_kept(struct lane *lane)
{
	if (lane->kept_count == 0)
		return -1;
	int fd = lane->kept[lane->kept_first];
	lane->kept_first = (lane->kept_first + 1) % DISPATCH_UNANSWERED_MAX;
	lane->kept_count--;
	return fd;
}

void
dispatch_answer(struct dispatcher *dispatcher, struct lane *lane, char answer)
{
	int fd;

	switch (answer) {
	case CHANNEL_ADOPTED:
		fd = take_kept(lane);
		if (fd != -1)
			close(fd);
		break;
	case CHANNEL_REFUSED:
		lane->sent_count--;
		lane->is_full = true;
		start_retry(dispatcher);
		fd = take_kept(lane);
		if (fd != -1)
			add_waiting(dispatcher, fd);
		break;
	case CHANNEL_ROOM:
		lane->is_full = false;
		break;
	case CHANNEL_LEAVING: /* it was picked out, and needs a successor */
		if (dispatcher->is_stopping)
			break;
		lane->seat->worker->status = WORKER_DRAINING;
		hang_up(lane);
		supervisor_balance(dispatcher->supervisor);
		break;
	}
}

/*
 * Exercise 4.8 - Take back.
 *
 * The worker is dead, and nobody will answer any more. But it may have answered
 * before: first read_answers(), to the end, or a connection that it has begun
 * to serve would be served again, from somewhere in the middle, by another.
 * What is still kept then no worker has touched: take_kept() and add_waiting(),
 * in the order in which they were sent.
 *
 * Until written: return;
 */
void
dispatch_take_back(struct dispatcher *dispatcher, struct lane *lane)
{
	int fd;

	if (lane->seat->news.fd != -1)
		read_answers(dispatcher, lane);
	while ((fd = take_kept(lane)) != -1)
		add_waiting(dispatcher, fd);
}
