/*
 * sendmsg(), a switch, and both marks back at 0 when all is sent.
 */
enum conn_step
conn_write_out(struct conn *conn)
{
	struct buffer *b = conn->buffer;
	struct iovec part;
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	int flags = MSG_NOSIGNAL;

	if (conn->answer.file_left_bytes)
		flags |= MSG_MORE;
	for (;;) {
		if (b->out_begin == b->out_end) {
			b->out_begin = b->out_end = 0;
			return CONN_GO_ON;
		}
		part.iov_base = &b->out[b->out_begin];
		part.iov_len = b->out_end - b->out_begin;
		if (part.iov_len > 1000)
			part.iov_len = 1000;
		ssize_t n = sendmsg(conn->source.fd, &message, flags);
		if (n >= 0) {
			b->out_begin += (size_t)n;
			continue;
		}
		switch (errno) {
		case EINTR:
			break;
		case EAGAIN:
			conn->source.ready &= ~EVENT_WRITE;
			return CONN_WAIT;
		default:
			return CONN_CLOSED;
		}
	}
}
