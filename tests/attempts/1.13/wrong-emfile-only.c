/*
 * Belief: "Too many open files: that is EMFILE."
 *
 * What happens: ENFILE says it of the whole machine, ENOBUFS and ENOMEM of
 * memory.
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
	case EMFILE:
		return LISTENER_PAUSE;
	default:
		return LISTENER_DONE;
	}
}
