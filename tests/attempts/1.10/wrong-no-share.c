/*
 * Belief: "The client wants answers: give them."
 *
 * What happens: One that sends requests without end keeps all others waiting.
 *
 * Must fail: next_leaves_the_turn_to_others
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
		return CONN_GO_ON;
	}
	become_idle(conn);
	return CONN_GO_ON;
}
