/*
 * Belief: "The error is in errno."
 *
 * What happens: It was, when accept() failed. The function is told; by the
 * time it looks, errno may be another.
 *
 * Must fail: accept_is_done_when_nobody_waits
 */
enum listener_next
listener_after_error(int error)
{
	(void)error;
	switch (errno) {
	case EAGAIN:
		return LISTENER_DONE;
	case EINTR:
	case ECONNABORTED:
	case EPERM:
	case EPROTO:
	case ENETDOWN:
	case ENETUNREACH:
	case ENOPROTOOPT:
	case EHOSTDOWN:
	case ENONET:
	case EHOSTUNREACH:
	case EOPNOTSUPP:
	case ETIMEDOUT:
		return LISTENER_GO_ON;
	default: /* EMFILE, ENFILE, ENOBUFS, ENOMEM */
		return LISTENER_PAUSE;
	}
}
