/*
 * Belief: "If it does not work I begin again."
 *
 * What happens: What the kernel took before EAGAIN is sent a second time: the
 * client gets more than Content-Length says, in the wrong order.
 *
 * Must fail: write_keeps_the_rest_for_later
 */
enum conn_step
conn_write_out(struct conn *conn)
{
	struct buffer *buffer = conn->buffer;
	int more = conn->answer.file_left_bytes > 0 ? MSG_MORE : 0;

	size_t begin = buffer->out_begin;

	while (begin < buffer->out_end) {
		ssize_t sent =
			send(conn->source.fd, buffer->out + begin,
		             buffer->out_end - begin, MSG_NOSIGNAL | more);
		if (sent != -1) {
			begin += (size_t)sent;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return CONN_CLOSED;
		conn->source.ready &= ~EVENT_WRITE;
		return CONN_WAIT;
	}
	buffer->out_begin = begin;
	return CONN_GO_ON;
}
