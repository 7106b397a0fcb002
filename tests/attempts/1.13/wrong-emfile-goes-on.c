/*
 * Belief: "The next one may work."
 *
 * What happens: There is no descriptor left, and none comes while the server
 * is busy asking: it never leaves the loop.
 *
 * Must fail: accept_pauses_when_something_ran_out
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
	default:
		return LISTENER_GO_ON;
	}
}
