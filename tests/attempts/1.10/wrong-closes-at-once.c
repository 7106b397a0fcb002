/*
 * Belief: "The last answer is sent, so close."
 *
 * What happens: Where the client has sent more, close() resets the connection,
 * and the reset can destroy the answer before the client has read it.
 *
 * Must fail: next_lingers_after_the_last_answer
 */
enum conn_step
conn_next(struct conn *conn)
{
	struct conns *conns = conn->conns;
	bool has_input = conn->buffer->in_begin < conn->buffer->in_end;

	if (conn->answer.closes) {
		return CONN_CLOSED;
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
