/*
 * Pieces of at most 16 KiB, an offset of its own, and the end of the turn
 * looked at last.
 */
enum conn_step
conn_write_file(struct conn *conn)
{
	struct web_answer *a = &conn->answer;
	off_t at = a->file_offset;

	while (a->file_left_bytes != 0) {
		size_t piece = 16384;
		if ((off_t)piece > a->file_left_bytes)
			piece = (size_t)a->file_left_bytes;
		if (conn->turn_bytes + piece > CONN_TURN_BYTES)
			piece = CONN_TURN_BYTES - conn->turn_bytes;
		ssize_t n = piece == 0 ? 0
		                       : sendfile(conn->source.fd, a->file_fd,
		                                  &at, piece);
		if (n > 0) {
			a->file_offset = at;
			a->file_left_bytes -= n;
			conn->turn_bytes += (size_t)n;
		} else if (piece == 0) {
			loop_again(conn->conns->loop, &conn->source);
			return CONN_WAIT;
		} else if (n == 0) {
			return CONN_CLOSED;
		} else if (errno == EAGAIN) {
			conn->source.ready &= (unsigned)~EVENT_WRITE;
			return CONN_WAIT;
		} else if (errno != EINTR) {
			return CONN_CLOSED;
		}
	}
	return CONN_GO_ON;
}
