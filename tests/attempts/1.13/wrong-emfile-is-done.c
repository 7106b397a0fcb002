/*
 * Belief: "Not now: wait for the next event."
 *
 * What happens: The client stays in the queue, so the next event comes at
 * once, and again, with all of a CPU.
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
		return LISTENER_DONE;
	}
}
