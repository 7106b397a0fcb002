/*
 * read() instead of recv(), and a switch.
 */
enum conn_step
conn_read(struct conn *conn)
{
	struct buffer *b = conn->buffer;
	size_t wanted = sizeof b->in - b->in_end;
	ssize_t n = read(conn->source.fd, &b->in[b->in_end], wanted);

	switch (n) {
	case 0:
		return CONN_CLOSED;
	case -1:
		if (errno == EAGAIN || errno == EWOULDBLOCK) {
			conn->source.ready &= ~1u;
			return CONN_WAIT;
		}
		return errno == EINTR ? CONN_GO_ON : CONN_CLOSED;
	default:
		b->in_end += (size_t)n;
		if (conn->source.ready & EVENT_HANGUP || (size_t)n == wanted)
			return CONN_GO_ON;
		conn->source.ready &= ~1u;
		return CONN_GO_ON;
	}
}
