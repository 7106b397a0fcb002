/*
 * Belief: "A counter is a static variable."
 *
 * What happens: Then all connections have one share together, and a new turn
 * does not begin with a new one.
 *
 * Must fail: next_leaves_the_turn_to_others
 */
enum conn_step
conn_next(struct conn *conn)
{
	static unsigned turn_requests;
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
		if (++turn_requests < CONN_TURN_REQUESTS)
			return CONN_GO_ON;
		loop_again(conns->loop, &conn->source);
		return CONN_WAIT;
	}
	become_idle(conn);
	return CONN_GO_ON;
}
