/*
 * Belief: "send() sends what I give it."
 *
 * What happens: It may take less. What it did not take is forgotten, and the
 * client waits for it.
 *
 * Must fail: write_keeps_the_rest_for_later
 */
enum conn_step
conn_write_out(struct conn *conn)
{
	struct buffer *buffer = conn->buffer;
	int more = conn->answer.file_left_bytes > 0 ? MSG_MORE : 0;

	if (send(conn->source.fd, buffer->out + buffer->out_begin,
	         buffer->out_end - buffer->out_begin,
	         MSG_NOSIGNAL | more) == -1)
		return CONN_CLOSED;
	buffer->out_begin = buffer->out_end;
	return CONN_GO_ON;
}
