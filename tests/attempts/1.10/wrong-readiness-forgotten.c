/*
 * Belief: "No input, so it is idle."
 *
 * What happens: EVENT_READ is still in `ready`: the next request lies in the
 * kernel. The connection gives its buffer back just to take it again, and may
 * be closed as idle in between.
 *
 * Must fail: next_reads_on_when_there_is_input
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
	if (has_input) {
		conn->state = CONN_READING;
		if (++conn->turn_requests < CONN_TURN_REQUESTS)
			return CONN_GO_ON;
		loop_again(conns->loop, &conn->source);
		return CONN_WAIT;
	}
	become_idle(conn);
	return CONN_GO_ON;
}
