/*
 * Belief: "A short read has used it up", once more, seen from outside.
 *
 * What happens: The client has sent its request and its end in one. It is
 * answered, and then the server keeps the connection.
 *
 * Must fail: last_request_and_the_end
 */
enum conn_step
conn_read(struct conn *conn)
{
	struct buffer *buffer = conn->buffer;
	size_t room = sizeof buffer->in - buffer->in_end;
	ssize_t got;

	do
		got = recv(conn->source.fd, buffer->in + buffer->in_end, room,
		           0);
	while (got == -1 && errno == EINTR);
	if (got < (ssize_t)room)
		conn->source.ready &= ~EVENT_READ;
	if (got == -1 && errno == EAGAIN)
		return CONN_WAIT;
	if (got <= 0)
		return CONN_CLOSED;
	buffer->in_end += (size_t)got;
	return CONN_GO_ON;
}
