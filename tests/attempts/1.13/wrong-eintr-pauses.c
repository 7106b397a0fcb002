/*
 * Belief: "Interrupted: stop."
 *
 * What happens: A signal came, nothing more. All clients wait for 100 ms.
 *
 * Must fail: accept_goes_on_after_one_lost_client
 */
enum listener_next
listener_after_error(int error)
{
	switch (error) {
	case EAGAIN:
		return LISTENER_DONE;
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
