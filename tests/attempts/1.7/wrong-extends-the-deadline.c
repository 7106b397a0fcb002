/*
 * Belief: "Bytes have come: the client is alive, give it its time anew."
 *
 * What happens: A client that sends a byte every few seconds keeps its place
 * for ever.
 *
 * Must fail: read_appends_what_has_come
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
	timers_start(&conn->conns->head_timeouts, &conn->timer,
	             timers_now_ms());
	if ((size_t)got < room && !(conn->source.ready & EVENT_HANGUP))
		conn->source.ready &= ~EVENT_READ;
	return CONN_GO_ON;
}
