/*
 * Belief: "One request, one answer, and from the beginning."
 *
 * What happens: The client has sent several requests at once. Those in the
 * buffer are thrown away with it, and the client waits.
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
	if (conn->source.ready & EVENT_READ && conn->conns == NULL) {
		conn->state = CONN_READING;
		if (++conn->turn_requests < CONN_TURN_REQUESTS)
			return CONN_GO_ON;
		loop_again(conns->loop, &conn->source);
		return CONN_WAIT;
	}
	become_idle(conn);
	return CONN_GO_ON;
}
