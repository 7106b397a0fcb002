/*
 * recvmsg() in place of recv(), and the question "may there be more?" asked in a
 * function of its own.
 */
#include <sys/uio.h>

static bool
may_have_more(const struct conn *conn, size_t got, size_t room)
{
	return got == room || (conn->source.ready & EVENT_HANGUP) != 0;
}

enum conn_step
conn_read(struct conn *conn)
{
	struct buffer *buffer = conn->buffer;
	struct iovec free_part = {
		.iov_base = &buffer->in[buffer->in_end],
		.iov_len = sizeof buffer->in - buffer->in_end,
	};
	struct msghdr message = {.msg_iov = &free_part, .msg_iovlen = 1};

	ssize_t got = recvmsg(conn->source.fd, &message, MSG_DONTWAIT);
	if (got > 0) {
		buffer->in_end += (size_t)got;
		if (!may_have_more(conn, (size_t)got, free_part.iov_len))
			conn->source.ready &= ~EVENT_READ;
		return CONN_GO_ON;
	}
	if (got == -1 && errno == EINTR)
		return CONN_GO_ON;
	if (got == -1 && errno == EAGAIN) {
		conn->source.ready &= ~EVENT_READ;
		return CONN_WAIT;
	}
	return CONN_CLOSED;
}
