/*
 * Belief: "Try again means: try again."
 *
 * What happens: Nobody waits. The server asks for ever, with all of a CPU.
 *
 * Must fail: accept_is_done_when_nobody_waits
 */
enum listener_next
listener_after_error(int error)
{
	switch (error) {
	case EAGAIN:
		return LISTENER_GO_ON;
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
