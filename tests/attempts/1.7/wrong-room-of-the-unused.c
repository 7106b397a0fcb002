/*
 * Belief: "There is room for what is not in use: in_end - in_begin."
 *
 * What happens: What is used lies before in_begin, and the room is behind
 * in_end: the read goes beyond the end.
 *
 * Must fail: read_fills_the_room_and_no_more
 */
enum conn_step
conn_read(struct conn *conn)
{
	struct buffer *buffer = conn->buffer;
	size_t room = sizeof buffer->in - (buffer->in_end - buffer->in_begin);

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
	if ((size_t)got < room && !(conn->source.ready & EVENT_HANGUP))
		conn->source.ready &= ~EVENT_READ;
	return CONN_GO_ON;
}
