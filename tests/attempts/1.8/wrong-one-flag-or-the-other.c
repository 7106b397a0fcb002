/*
 * Belief: "The flags: MSG_MORE if there is more, else MSG_NOSIGNAL."
 *
 * What happens: They are bits. A client that goes before its file ends the
 * server.
 *
 * Must fail: write_to_a_client_that_is_gone
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
		             more != 0 ? more : MSG_NOSIGNAL);
		if (sent != -1) {
			buffer->out_begin += (size_t)sent;
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
