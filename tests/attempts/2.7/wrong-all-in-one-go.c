/*
 * Belief: "Edge-triggered: read until EAGAIN, in one go."
 *
 * What happens: Until EAGAIN, or until the room is full: recv() of 0 bytes then
 * returns 0, and that looks like the end of the stream.
 *
 * Must fail: more_is_there_than_fits
 */
enum conn_step
conn_read(struct conn *conn)
{
	struct buffer *buffer = conn->buffer;
	ssize_t got;

	while ((got = recv(conn->source.fd, buffer->in + buffer->in_end,
	                   sizeof buffer->in - buffer->in_end, 0)) > 0)
		buffer->in_end += (size_t)got;
	if (got == 0)
		return CONN_CLOSED;
	if (errno == EINTR)
		return CONN_GO_ON;
	if (errno != EAGAIN)
		return CONN_CLOSED;
	conn->source.ready &= ~EVENT_READ;
	return buffer->in_end > 0 ? CONN_GO_ON : CONN_WAIT;
}
