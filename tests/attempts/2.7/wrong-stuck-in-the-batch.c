/*
 * Belief: "What I have not read yet is told of again."
 *
 * What happens: The same mistake, seen from outside: of many requests in one go
 * those that fit into the buffer are answered.
 *
 * Must fail: requests_in_one_batch
 */
enum conn_step
conn_read(struct conn *conn)
{
	struct buffer *buffer = conn->buffer;

	ssize_t got = recv(conn->source.fd, buffer->in + buffer->in_end,
	                   sizeof buffer->in - buffer->in_end, 0);
	conn->source.ready &= ~EVENT_READ;
	if (got > 0) {
		buffer->in_end += (size_t)got;
		return CONN_GO_ON;
	}
	if (got == -1 && errno == EAGAIN)
		return CONN_WAIT;
	return CONN_CLOSED;
}
