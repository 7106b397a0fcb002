/*
 * Belief: "When it has had more than its share, it stops."
 *
 * What happens: A call is asked for all that is left: with a gigabyte to send
 * that is one share of a gigabyte.
 *
 * Must fail: file_leaves_the_turn_to_others
 */
enum conn_step
conn_write_file(struct conn *conn)
{
	struct web_answer *answer = &conn->answer;

	while (answer->file_left_bytes > 0) {
		size_t share = (size_t)answer->file_left_bytes;
		if (conn->turn_bytes >= CONN_TURN_BYTES) {
			loop_again(conn->conns->loop, &conn->source);
			return CONN_WAIT;
		}

		ssize_t sent = sendfile(conn->source.fd, answer->file_fd,
		                        &answer->file_offset, share);
		if (sent == 0)
			return CONN_CLOSED;
		if (sent != -1) {
			answer->file_left_bytes -= sent;
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
