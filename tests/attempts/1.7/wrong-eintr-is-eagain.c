/*
 * Belief: "EINTR is as EAGAIN: nothing was read."
 *
 * What happens: Nothing was read, but something is there. In stage 2 no event
 * comes for it any more.
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
		if (errno != EAGAIN && errno != EINTR)
			return CONN_CLOSED;
		conn->source.ready &= ~EVENT_READ;
		return CONN_WAIT;
	}
	buffer->in_end += (size_t)got;
	if ((size_t)got < room && !(conn->source.ready & EVENT_HANGUP))
		conn->source.ready &= ~EVENT_READ;
	return CONN_GO_ON;
}
