/*
 * Belief: "The loop knows when it is ready."
 *
 * What happens: It does not ask about what it holds to be ready: the rest is
 * never sent.
 *
 * Must fail: write_keeps_the_rest_for_later
 */
enum conn_step
conn_write_out(struct conn *conn)
{
	struct buffer *buffer = conn->buffer;
	int more = conn->answer.file_left_bytes > 0 ? MSG_MORE : 0;

	while (buffer->out_begin < buffer->out_end) {
		ssize_t sent =
			send(conn->source.fd, buffer->out + buffer->out_begin,
		             buffer->out_end - buffer->out_begin,
		             MSG_NOSIGNAL | more);
		if (sent != -1) {
			buffer->out_begin += (size_t)sent;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return CONN_CLOSED;
		return CONN_WAIT;
	}
	return CONN_GO_ON;
}
