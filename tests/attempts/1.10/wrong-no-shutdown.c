/*
 * Belief: "The client will close when it has the answer."
 *
 * What happens: It waits for our end, we wait for its end, and both wait for
 * the time-out.
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
