/*
 * Belief: "The client has hung up: close."
 *
 * What happens: It has said that it will send no more. It waits for the answer
 * to what it has sent, and that is not even read.
 *
 * Must fail: the_end_may_lie_behind
 */
enum conn_step
conn_read(struct conn *conn)
{
	struct buffer *buffer = conn->buffer;
	size_t room = sizeof buffer->in - buffer->in_end;

	if (conn->source.ready & EVENT_HANGUP)
		return CONN_CLOSED;
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
	if ((size_t)got < room)
		conn->source.ready &= ~EVENT_READ;
	return CONN_GO_ON;
}
