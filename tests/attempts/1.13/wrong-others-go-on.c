/*
 * Belief: "All other errors concern one client."
 *
 * What happens: One that nobody expects (EBADF, say) comes for ever: the
 * server never leaves the loop.
 *
 * Must fail: accept_survives_every_other_error
 */
enum listener_next
listener_after_error(int error)
{
	switch (error) {
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
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		return LISTENER_PAUSE;
	default:
		return LISTENER_GO_ON;
	}
}
