/*
 * Belief: "shutdown() does not fail."
 *
 * What happens: It does when the client has reset the connection: that then
 * lingers for its full time, for nobody.
 *
 * Must fail: next_lingers_after_the_last_answer
 */
enum conn_step
conn_next(struct conn *conn)
{
	struct conns *conns = conn->conns;
	bool has_input = conn->buffer->in_begin < conn->buffer->in_end;

	if (conn->answer.closes) {
		if (conn->answer.client_is_done && !has_input)
			return CONN_CLOSED;
		shutdown(conn->source.fd, SHUT_WR);
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
