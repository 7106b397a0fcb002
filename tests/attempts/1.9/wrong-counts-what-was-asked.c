/*
 * Belief: "turn_bytes grows by what was asked for."
 *
 * What happens: The kernel took less: a slow client is made to wait for a
 * share that it has not had.
 *
 * Must fail: file_goes_on_where_it_stopped
 */
enum conn_step
conn_write_file(struct conn *conn)
{
	struct web_answer *answer = &conn->answer;

	while (answer->file_left_bytes > 0) {
		size_t share = CONN_TURN_BYTES - conn->turn_bytes;
		if (share == 0) {
			loop_again(conn->conns->loop, &conn->source);
			return CONN_WAIT;
		}
		if (answer->file_left_bytes < (off_t)share)
			share = (size_t)answer->file_left_bytes;

		ssize_t sent = sendfile(conn->source.fd, answer->file_fd,
		                        &answer->file_offset, share);
		if (sent == 0)
			return CONN_CLOSED;
		if (sent != -1) {
			answer->file_left_bytes -= sent;
			conn->turn_bytes += share;
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
