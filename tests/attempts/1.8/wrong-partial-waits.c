/*
 * Belief: "It took less than all, so it is full."
 *
 * What happens: True, but EVENT_WRITE is not used up before the kernel says
 * EAGAIN: the loop does not ask about it, and the rest is never sent.
 *
 * Must fail: write_keeps_the_rest_for_later
 */
enum conn_step
conn_write_out(struct conn *conn)
{
	struct buffer *buffer = conn->buffer;
	size_t left = buffer->out_end - buffer->out_begin;
	int more = conn->answer.file_left_bytes > 0 ? MSG_MORE : 0;

	ssize_t sent = send(conn->source.fd, buffer->out + buffer->out_begin,
	                    left, MSG_NOSIGNAL | more);
	if (sent == -1)
		return errno == EAGAIN ? CONN_WAIT : CONN_CLOSED;
	buffer->out_begin += (size_t)sent;
	return (size_t)sent < left ? CONN_WAIT : CONN_GO_ON;
}
