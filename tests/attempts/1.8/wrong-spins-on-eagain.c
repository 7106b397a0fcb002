/*
 * Belief: "I write until all is written."
 *
 * What happens: One client that does not read stops the whole server.
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
		if (errno != EINTR && errno != EAGAIN)
			return CONN_CLOSED;
	}
	return CONN_GO_ON;
}
