/*
 * conn.c - one client, as a state machine.
 */
#include "conn.h"

#include "web/log.h"

#include <assert.h>
#include <errno.h>
#include <linux/sockios.h> /* SIOCOUTQ */
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

static void
close_conn(struct conn *conn)
{
	struct conns *conns = conn->conns;
	int fd = conn->source.fd;

	loop_remove(conns->loop, &conn->source);
	timers_stop(&conn->timer);
	list_remove(&conn->link);
	web_release(conns->web, &conn->answer);
	if (conn->buffer != NULL)
		pool_give(conns->buffers, conn->buffer);
	pool_give(conns->pool, conn);

	/* shutdown() ends the connection even if another process still holds
	   a copy of the descriptor; close() ends only our own copy. */
	shutdown(fd, SHUT_RDWR);
	close(fd);
	stats_count(&conns->web->stats->closed);
	if (conns->web->is_verbose)
		log_line("client %d: closed", fd);
	conns->on_room(conns->owner);
}

static void
begin_answer(struct conn *conn)
{
	conn->buffer->out_begin = 0;
	conn->buffer->out_end = conn->answer.out_bytes;
	conn->state = CONN_WRITING;
}

/* Nothing to do until the client says something: no buffer, and the deadline
   for that unless one runs already (a new client has one from the start). */
static void
become_idle(struct conn *conn)
{
	struct conns *conns = conn->conns;

	pool_give(conns->buffers, conn->buffer);
	conn->buffer = NULL;
	conn->state = CONN_IDLE;
	if (conn->timer.queue == NULL)
		timers_start(&conns->idle_timeouts, &conn->timer,
		             timers_now_ms());
	conns->on_room(conns->owner); /* a new client may have its place */
}

/* What lies in the kernel and the client has not acknowledged: tcp(7). */
static int
queued_bytes(const struct conn *conn)
{
	int bytes;

	if (ioctl(conn->source.fd, SIOCOUTQ, &bytes) == -1)
		return 0;
	return bytes;
}

static void
start_write_timeout(struct conn *conn)
{
	conn->queued_bytes = queued_bytes(conn);
	timers_start(&conn->conns->write_timeouts, &conn->timer,
	             timers_now_ms());
}

/* A state that is left by its deadline: only who has sent part of a request is
   told why. Who is slow at taking an answer may have taken much of what the
   kernel holds, and still not made room for more: that is progress. */
static void
on_timeout(struct timer *timer)
{
	struct conn *conn = LIST_ITEM(timer, struct conn, timer);

	if (conn->state == CONN_WRITING &&
	    queued_bytes(conn) < conn->queued_bytes) {
		start_write_timeout(conn);
		return;
	}
	if (conn->state != CONN_READING) {
		close_conn(conn);
		return;
	}
	web_answer_timeout(conn->conns->web, conn->buffer->out, &conn->answer);
	begin_answer(conn);
	conn_on_event(&conn->source);
}

int
conn_init(struct conns *conns, size_t count, struct timers *timers,
          const int64_t timeouts_ms[4])
{
	list_init(&conns->open);
	conns->is_draining = false;
	conns->pool = pool_new(count, sizeof(struct conn));
	conns->buffers = pool_new(count, sizeof(struct buffer));
	if (conns->pool == NULL || conns->buffers == NULL) {
		pool_free(conns->pool);
		pool_free(conns->buffers);
		return -1;
	}
	timers_add_queue(timers, &conns->head_timeouts, timeouts_ms[0]);
	timers_add_queue(timers, &conns->idle_timeouts, timeouts_ms[1]);
	timers_add_queue(timers, &conns->write_timeouts, timeouts_ms[2]);
	timers_add_queue(timers, &conns->linger_timeouts, timeouts_ms[3]);
	timers_add_queue(timers, &conns->new_timeouts, CONN_NEW_MS);
	return 0;
}

void
conn_free(struct conns *conns)
{
	while (!list_is_empty(&conns->open))
		close_conn(LIST_ITEM(conns->open.next, struct conn, link));
	pool_free(conns->buffers);
	pool_free(conns->pool);
}

/* Who has to go when there is no room: the one that has been idle between
   requests for longest; but one whose next request waits to be read in this
   very turn is idle no more. NULL: nobody. */
static struct conn *
find_longest_idle(struct conns *conns)
{
	struct list *idle = &conns->idle_timeouts.running;

	for (struct list *link = idle->next; link != idle; link = link->next) {
		struct timer *timer = LIST_ITEM(link, struct timer, link);
		struct conn *conn = LIST_ITEM(timer, struct conn, timer);
		if (!(conn->source.ready & EVENT_READ))
			return conn;
	}
	return NULL;
}

bool
conn_has_room(struct conns *conns)
{
	return conns->pool->taken_count < conns->pool->item_count ||
	       find_longest_idle(conns) != NULL;
}

/* A place in the pool, another one's if need be. NULL: there is none. */
static struct conn *
take_place(struct conns *conns)
{
	struct conn *conn = pool_take(conns->pool);
	if (conn != NULL)
		return conn;
	struct conn *longest_idle = find_longest_idle(conns);
	if (longest_idle == NULL)
		return NULL;
	close_conn(longest_idle);
	return pool_take(conns->pool);
}

/* When all is about to end, an idle connection gets one more look, and
   silent_ms. A new one, whose first request may be on its way, gets at least a
   moment. */
static void
look_once_more(struct conn *conn)
{
	struct conns *conns = conn->conns;
	bool is_new = conn->timer.queue == &conns->head_timeouts;

	if (conns->idle_timeouts.duration_ms > 0)
		timers_start(&conns->idle_timeouts, &conn->timer,
		             timers_now_ms());
	else if (is_new)
		timers_start(&conns->new_timeouts, &conn->timer,
		             timers_now_ms());
	loop_again(conns->loop, &conn->source);
}

int
conn_open(struct conns *conns, int fd)
{
	struct conn *conn = take_place(conns);
	if (conn == NULL) {
		errno = ENOBUFS;
		return -1;
	}
	*conn = (struct conn){
		.source = {.fd = fd,
	                   .wants = EVENT_READ,
	                   .ready = EVENT_WRITE, /* nothing is sent yet */
	                   .on_event = conn_on_event},
		.conns = conns,
		.state = CONN_IDLE,
	};
	if (loop_add(conns->loop, &conn->source) == -1) {
		pool_give(conns->pool, conn);
		return -1;
	}
	list_add_last(&conns->open, &conn->link);
	timers_prepare(&conn->timer, on_timeout);
	timers_start(&conns->head_timeouts, &conn->timer, timers_now_ms());
	if (conns->is_draining)
		look_once_more(conn);
	stats_count(&conns->web->stats->accepted);
	if (conns->web->is_verbose)
		log_line("client %d: connected", fd);
	return 0;
}

void
conn_drain(struct conns *conns, int64_t silent_ms)
{
	conns->is_draining = true;
	conns->idle_timeouts.duration_ms = silent_ms;
	for (struct list *link = conns->open.next; link != &conns->open;
	     link = link->next) {
		struct conn *conn = LIST_ITEM(link, struct conn, link);
		if (conn->state == CONN_IDLE)
			look_once_more(conn);
	}
}

/*
 * Exercise 1.7 - Read what has come.
 *
 * One recv(2) into what is free of buffer->in, behind in_end; the caller has
 * seen to it that there is room. TCP is a stream: what comes may be a part of a
 * request or several of them, and one call is all that "readable" promises not
 * to block.
 *
 * Bytes: add them to in_end; CONN_GO_ON. If they are fewer than there was room
 * for, nothing more is there now: clear EVENT_READ in the source's `ready`;
 * but not if EVENT_HANGUP is set there, since the end of the stream may lie
 * right behind them.
 * 0: the client has sent all that it will. CONN_CLOSED.
 * EAGAIN: nothing is there. Clear EVENT_READ; CONN_WAIT. EINTR: as if the call
 * had not been made; CONN_GO_ON. Any other error: CONN_CLOSED.
 */
enum conn_step
conn_read(struct conn *conn)
{
	struct buffer *buffer = conn->buffer;
	size_t room = sizeof buffer->in - buffer->in_end;

	ssize_t got =
		recv(conn->source.fd, buffer->in + buffer->in_end, room, 0);
	if (got == 0)
		return CONN_CLOSED;
	if (got == -1) {
		if (errno == EINTR)
			return CONN_GO_ON;
		if (errno != EAGAIN)
			return CONN_CLOSED;
		conn->source.ready &= ~EVENT_READ;
		return CONN_WAIT;
	}
	buffer->in_end += (size_t)got;
	if ((size_t)got < room && !(conn->source.ready & EVENT_HANGUP))
		conn->source.ready &= ~EVENT_READ;
	return CONN_GO_ON;
}

/*
 * Exercise 1.8 - Write what fits.
 *
 * Sends buffer->out from out_begin to out_end, in as many send(2) as it takes,
 * and moves out_begin along: a send may take less than it was given. With
 * MSG_NOSIGNAL, and with MSG_MORE if a file follows (answer.file_left_bytes),
 * so that its beginning can share a packet with the head.
 *
 * All sent: CONN_GO_ON. EAGAIN: the client does not read as fast as we write.
 * Clear EVENT_WRITE in the source's `ready`; CONN_WAIT; what is left is sent
 * when the kernel has room again. EINTR: try again. Any other error, EPIPE and
 * ECONNRESET among them: the client is gone, CONN_CLOSED.
 */
enum conn_step
conn_write_out(struct conn *conn)
{
	struct buffer *buffer = conn->buffer;
	int more = conn->answer.file_left_bytes > 0 ? MSG_MORE : 0;

	while (buffer->out_begin < buffer->out_end) {
		ssize_t sent =
			send(conn->source.fd, buffer->out + buffer->out_begin,
		             buffer->out_end - buffer->out_begin,
		             MSG_NOSIGNAL | more);
		if (sent != -1) {
			buffer->out_begin += (size_t)sent;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return CONN_CLOSED;
		conn->source.ready &= ~EVENT_WRITE;
		return CONN_WAIT;
	}
	return CONN_GO_ON;
}

/*
 * Exercise 1.9 - Send a file.
 *
 * As long as answer.file_left_bytes are left: sendfile(2) from answer.file_fd
 * at answer.file_offset, which sendfile() moves along itself; counts what was
 * sent down from file_left_bytes and up in turn_bytes. A call is asked for no
 * more than is left of CONN_TURN_BYTES in this turn; when nothing is left of
 * them, calls loop_again() and returns CONN_WAIT: the others come first now.
 *
 * All sent: CONN_GO_ON. 0: the file has become shorter than the length that we
 * promised; only the end of the connection can still say so: CONN_CLOSED.
 * EAGAIN, EINTR and other errors as in conn_write_out(). (MSG_NOSIGNAL does not
 * exist here: SIGPIPE is ignored in the whole process.)
 *
 * Until written: return CONN_CLOSED;
 */
enum conn_step
conn_write_file(struct conn *conn)
{
	struct web_answer *answer = &conn->answer;

	while (answer->file_left_bytes > 0) {
		size_t share = CONN_TURN_BYTES - conn->turn_bytes;
		if (share == 0) {
			loop_again(conn->conns->loop, &conn->source);
			return CONN_WAIT;
		}
		if (answer->file_left_bytes < (off_t)share)
			share = (size_t)answer->file_left_bytes;

		ssize_t sent = sendfile(conn->source.fd, answer->file_fd,
		                        &answer->file_offset, share);
		if (sent == 0)
			return CONN_CLOSED;
		if (sent != -1) {
			answer->file_left_bytes -= sent;
			conn->turn_bytes += (size_t)sent;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return CONN_CLOSED;
		conn->source.ready &= ~EVENT_WRITE;
		return CONN_WAIT;
	}
	return CONN_GO_ON;
}

/*
 * Exercise 1.10 - Advance the state machine.
 *
 * An answer has been sent to its last byte. What now?
 *
 * 1. answer.closes: it was the last. If answer.client_is_done and no input is
 *    left unused: CONN_CLOSED. Otherwise bytes may be on their way, and to
 *    close a socket with unread input makes TCP reset the connection, which can
 *    destroy the answer before the client has read it. So: shutdown(2) SHUT_WR
 *    (if it fails: CONN_CLOSED), state CONN_LINGERING, the timer into
 *    linger_timeouts, CONN_GO_ON.
 * 2. Input is left, or EVENT_READ is still in `ready`: state CONN_READING, with
 *    the buffer as it is. No event will tell of bytes that lie in our own
 *    memory: so CONN_GO_ON at once; but after CONN_TURN_REQUESTS answers in
 *    this turn (count them in turn_requests) loop_again() and CONN_WAIT.
 * 3. Nothing is left: become_idle(), CONN_GO_ON.
 *
 * Until written: return CONN_CLOSED;
 */
enum conn_step
conn_next(struct conn *conn)
{
	struct conns *conns = conn->conns;
	bool has_input = conn->buffer->in_begin < conn->buffer->in_end;

	if (conn->answer.closes) {
		if (conn->answer.client_is_done && !has_input)
			return CONN_CLOSED;
		if (shutdown(conn->source.fd, SHUT_WR) == -1)
			return CONN_CLOSED;
		conn->state = CONN_LINGERING;
		timers_start(&conns->linger_timeouts, &conn->timer,
		             timers_now_ms());
		return CONN_GO_ON;
	}
	if (has_input || (conn->source.ready & EVENT_READ)) {
		conn->state = CONN_READING;
		if (++conn->turn_requests < CONN_TURN_REQUESTS)
			return CONN_GO_ON;
		loop_again(conns->loop, &conn->source);
		return CONN_WAIT;
	}
	become_idle(conn);
	return CONN_GO_ON;
}

static enum conn_step
step_idle(struct conn *conn)
{
	assert(conn->state == CONN_IDLE && conn->buffer == NULL);
	if (conn->conns->is_draining)
		conn->source.ready |= EVENT_READ;
	if (!(conn->source.ready & EVENT_READ))
		return CONN_WAIT;

	/* There are as many buffers as connections: this cannot fail. */
	struct buffer *buffer = pool_take(conn->conns->buffers);
	assert(buffer != NULL);
	buffer->in_begin = 0;
	buffer->in_end = 0;
	web_begin(&buffer->request);
	conn->buffer = buffer;
	conn->state = CONN_READING;
	return CONN_GO_ON;
}

/* All that has come is read and is no whole head. The deadline is for all of
   it: set when its first part has come, not extended by the next. */
static enum conn_step
await_input(struct conn *conn)
{
	struct conns *conns = conn->conns;

	if (conn->buffer->in_begin == conn->buffer->in_end) {
		become_idle(conn);
		bool is_last_look = conns->is_draining &&
		                    conns->idle_timeouts.duration_ms == 0 &&
		                    conn->timer.queue != &conns->new_timeouts;
		return is_last_look ? CONN_CLOSED : CONN_WAIT;
	}
	if (conn->timer.queue != &conns->head_timeouts)
		timers_start(&conns->head_timeouts, &conn->timer,
		             timers_now_ms());
	return CONN_WAIT;
}

/* Moves the unused input to the front, so that a head of full length fits. */
static void
make_room_for_input(struct buffer *buffer)
{
	if (buffer->in_begin == 0)
		return;
	memmove(buffer->in, buffer->in + buffer->in_begin,
	        buffer->in_end - buffer->in_begin);
	buffer->in_end -= buffer->in_begin;
	buffer->in_begin = 0;
}

static enum conn_step
step_reading(struct conn *conn)
{
	struct conns *conns = conn->conns;
	struct buffer *buffer = conn->buffer;

	assert(conn->state == CONN_READING && buffer != NULL);
	if (buffer->in_begin < buffer->in_end) {
		size_t used = web_answer(conns->web, &buffer->request,
		                         buffer->in + buffer->in_begin,
		                         buffer->in_end - buffer->in_begin,
		                         conns->is_draining, buffer->out,
		                         &conn->answer);
		if (used > 0) {
			buffer->in_begin += used;
			begin_answer(conn);
			return CONN_GO_ON;
		}
	}
	if (!(conn->source.ready & EVENT_READ))
		return await_input(conn);
	make_room_for_input(buffer);
	enum conn_step step = conn_read(conn);
	return step == CONN_WAIT ? await_input(conn) : step;
}

static off_t
unsent_bytes(const struct conn *conn)
{
	return (off_t)(conn->buffer->out_end - conn->buffer->out_begin) +
	       conn->answer.file_left_bytes;
}

static enum conn_step
step_writing(struct conn *conn)
{
	struct conns *conns = conn->conns;
	off_t unsent_before = unsent_bytes(conn);

	assert(conn->state == CONN_WRITING);
	enum conn_step step = conn_write_out(conn);
	if (step == CONN_GO_ON && conn->answer.file_left_bytes > 0)
		step = conn_write_file(conn);
	if (step == CONN_GO_ON) {
		web_release(conns->web, &conn->answer);
		timers_stop(&conn->timer);
		return conn_next(conn);
	}
	/* Each bit of progress gives it the whole time again. */
	if (unsent_bytes(conn) < unsent_before ||
	    conn->timer.queue != &conns->write_timeouts)
		start_write_timeout(conn);
	return step;
}

/* Reads what the client sent before it knew, and forgets it. */
static enum conn_step
step_lingering(struct conn *conn)
{
	assert(conn->state == CONN_LINGERING);
	if (!(conn->source.ready & EVENT_READ))
		return CONN_WAIT;
	conn->buffer->in_begin = 0;
	conn->buffer->in_end = 0;
	enum conn_step step = conn_read(conn);
	conn->turn_bytes += conn->buffer->in_end;
	if (step == CONN_GO_ON && conn->turn_bytes > CONN_TURN_BYTES) {
		loop_again(conn->conns->loop, &conn->source);
		return CONN_WAIT;
	}
	return step;
}

static enum conn_step
take_step(struct conn *conn)
{
	switch (conn->state) {
	case CONN_IDLE:
		return step_idle(conn);
	case CONN_READING:
		return step_reading(conn);
	case CONN_WRITING:
		return step_writing(conn);
	case CONN_LINGERING:
		return step_lingering(conn);
	}
	assert(false); /* there is no other state */
	return CONN_CLOSED;
}

void
conn_on_event(struct event_source *source)
{
	struct conn *conn = LIST_ITEM(source, struct conn, source);
	enum conn_step step = CONN_GO_ON;

	conn->turn_bytes = 0;
	conn->turn_requests = 0;
	while (step == CONN_GO_ON)
		step = take_step(conn);

	if (step == CONN_CLOSED)
		close_conn(conn);
	else
		source->wants =
			conn->state == CONN_WRITING ? EVENT_WRITE : EVENT_READ;
}
