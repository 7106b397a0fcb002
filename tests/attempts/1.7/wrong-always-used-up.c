/*
 * Belief: "I have read, so the readiness is used up."
 *
 * What happens: What did not fit into the buffer lies in the kernel; where
 * events are told once (stage 2), nobody hears of it.
 *
 * Must fail: read_fills_the_room_and_no_more
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
	if (!(conn->source.ready & EVENT_HANGUP))
		conn->source.ready &= ~EVENT_READ;
	return CONN_GO_ON;
}
