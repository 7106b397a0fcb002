/*
 * Belief: "EVENT_HANGUP: the client is gone."
 *
 * What happens: It may have sent a whole request before, and still want the
 * answer.
 *
 * Must fail: read_finds_the_end_behind_bytes
 */
enum conn_step
conn_read(struct conn *conn)
{
	struct buffer *buffer = conn->buffer;
	if (conn->source.ready & EVENT_HANGUP)
		return CONN_CLOSED;
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
	if ((size_t)got < room && !(conn->source.ready & EVENT_HANGUP))
		conn->source.ready &= ~EVENT_READ;
	return CONN_GO_ON;
}
