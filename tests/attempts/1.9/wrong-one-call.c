/*
 * Belief: "sendfile() sends what I ask for."
 *
 * What happens: It may take less; the rest is forgotten.
 *
 * Must fail: file_goes_on_where_it_stopped
 */
enum conn_step
conn_write_file(struct conn *conn)
{
	struct web_answer *answer = &conn->answer;

	if (answer->file_left_bytes == 0)
		return CONN_GO_ON;
	ssize_t sent =
		sendfile(conn->source.fd, answer->file_fd, &answer->file_offset,
	                 (size_t)answer->file_left_bytes);
	if (sent <= 0)
		return CONN_CLOSED;
	conn->turn_bytes += (size_t)sent;
	answer->file_left_bytes = 0;
	return CONN_GO_ON;
}
