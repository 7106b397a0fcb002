/*
 * Belief: "sendfile() moves along by itself."
 *
 * What happens: The offset does. file_left_bytes is ours to count down: the
 * file is sent to its very end, which then looks like a file that shrank.
 *
 * Must fail: file_is_sent_from_its_offset
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
