/*
 * Belief: "A request ends with an empty line, so I read up to it."
 *
 * What happens: The function waits for what this client has not sent yet, and
 * all others wait for it.
 *
 * Must fail: read_appends_what_has_come
 */
enum conn_step
conn_read(struct conn *conn)
{
	struct buffer *buffer = conn->buffer;

	do {
		ssize_t got = recv(conn->source.fd, buffer->in + buffer->in_end,
		                   sizeof buffer->in - buffer->in_end, 0);
		if (got == 0)
			return CONN_CLOSED;
		if (got > 0)
			buffer->in_end += (size_t)got;
		else if (errno != EAGAIN)
			return CONN_CLOSED;
	} while (buffer->in_end < 4 ||
	         memcmp(buffer->in + buffer->in_end - 4, "\r\n\r\n", 4) != 0);
	return CONN_GO_ON;
}
