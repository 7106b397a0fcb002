/*
 * Belief: "It is sent, what more is there to do?"
 *
 * What happens: out_begin stays where it was: as if nothing had been sent, and
 * the answer is sent for ever.
 *
 * Must fail: write_sends_from_begin_to_end
 */
enum conn_step
conn_write_out(struct conn *conn)
{
	struct buffer *buffer = conn->buffer;
	int more = conn->answer.file_left_bytes > 0 ? MSG_MORE : 0;
	size_t left = buffer->out_end - buffer->out_begin;

	if (left == 0)
		return CONN_GO_ON;
	ssize_t sent = send(conn->source.fd, buffer->out + buffer->out_begin,
	                    left, MSG_NOSIGNAL | more);
	if (sent == (ssize_t)left)
		return CONN_GO_ON;
	if (sent == -1 && errno != EAGAIN && errno != EINTR)
		return CONN_CLOSED;
	conn->source.ready &= ~EVENT_WRITE;
	return CONN_WAIT;
}
