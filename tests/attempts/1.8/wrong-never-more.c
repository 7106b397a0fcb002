/*
 * Belief: "The kernel puts packets together by itself."
 *
 * What happens: Not with TCP_NODELAY: the head goes out in a packet of its
 * own, before the file.
 *
 * Must fail: write_holds_the_head_for_its_file
 */
enum conn_step
conn_write_out(struct conn *conn)
{
	struct buffer *buffer = conn->buffer;

	while (buffer->out_begin < buffer->out_end) {
		ssize_t sent =
			send(conn->source.fd, buffer->out + buffer->out_begin,
		             buffer->out_end - buffer->out_begin, MSG_NOSIGNAL);
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
