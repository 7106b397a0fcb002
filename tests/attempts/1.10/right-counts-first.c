/*
 * The count first, whatever comes next, and the three cases the other way
 * round.
 */
enum conn_step
conn_next(struct conn *conn)
{
	struct buffer *b = conn->buffer;
	bool is_more = b->in_end > b->in_begin;

	conn->turn_requests += 1;
	if (!conn->answer.closes) {
		if (!is_more && !(conn->source.ready & EVENT_READ)) {
			become_idle(conn);
			return CONN_GO_ON;
		}
		conn->state = CONN_READING;
		if (conn->turn_requests >= CONN_TURN_REQUESTS) {
			loop_again(conn->conns->loop, &conn->source);
			return CONN_WAIT;
		}
		return CONN_GO_ON;
	}
	if (is_more || !conn->answer.client_is_done) {
		if (shutdown(conn->source.fd, SHUT_WR) != 0)
			return CONN_CLOSED;
		timers_stop(&conn->timer);
		timers_start(&conn->conns->linger_timeouts, &conn->timer,
		             timers_now_ms());
		conn->state = CONN_LINGERING;
		return CONN_GO_ON;
	}
	return CONN_CLOSED;
}
