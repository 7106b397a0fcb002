/*
 * Belief: "Read until EAGAIN, then wait."
 *
 * What happens: The bytes are there, but CONN_WAIT says that nothing is to be
 * done: a complete request is not answered before the client says something
 * more.
 *
 * Must fail: read_appends_what_has_come
 */
enum conn_step
conn_read(struct conn *conn)
{
	struct buffer *buffer = conn->buffer;

	for (;;) {
		ssize_t got = recv(conn->source.fd, buffer->in + buffer->in_end,
		                   sizeof buffer->in - buffer->in_end, 0);
		if (got == 0)
			return CONN_CLOSED;
		if (got == -1) {
			if (errno == EINTR)
				continue;
			if (errno != EAGAIN)
				return CONN_CLOSED;
			conn->source.ready &= ~EVENT_READ;
			return CONN_WAIT;
		}
		buffer->in_end += (size_t)got;
	}
}
