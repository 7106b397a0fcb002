/*
 * Belief: "All bytes of a turn are counted in turn_bytes."
 *
 * What happens: Many small answers make it more than CONN_TURN_BYTES, and
 * what is left of a share is a huge number.
 *
 * Must fail: write_sends_from_begin_to_end
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
			conn->turn_bytes += (size_t)sent;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return CONN_CLOSED;
		conn->source.ready &= ~EVENT_WRITE;
		return CONN_WAIT;
	}
	return CONN_GO_ON;
}
