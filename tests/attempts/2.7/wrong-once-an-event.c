/*
 * Belief: "An event means: read once. If there is more, another event comes."
 *
 * What happens: Level-triggered it does. Edge-triggered the kernel has said all
 * that it had to say: the rest of a long request lies there for ever.
 *
 * Must fail: more_is_there_than_fits
 */
enum conn_step
conn_read(struct conn *conn)
{
	struct buffer *buffer = conn->buffer;
	size_t room = sizeof buffer->in - buffer->in_end;

	conn->source.ready &= ~EVENT_READ;
	ssize_t got;
	do
		got = recv(conn->source.fd, buffer->in + buffer->in_end, room,
		           0);
	while (got == -1 && errno == EINTR);
	if (got == 0)
		return CONN_CLOSED;
	if (got == -1)
		return errno == EAGAIN ? CONN_WAIT : CONN_CLOSED;
	buffer->in_end += (size_t)got;
	return CONN_GO_ON;
}
