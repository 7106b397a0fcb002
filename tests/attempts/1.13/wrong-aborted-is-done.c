/*
 * Belief: "It failed, so nobody waits."
 *
 * What happens: One client changed its mind; others may wait behind it. As
 * EVENT_READ is cleared they wait for the next event.
 *
 * Must fail: accept_goes_on_after_one_lost_client
 */
enum listener_next
listener_after_error(int error)
{
	switch (error) {
	case EAGAIN:
	case ECONNABORTED:
		return LISTENER_DONE;
	case EINTR:
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
