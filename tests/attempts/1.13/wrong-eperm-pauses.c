/*
 * Belief: "Permission denied: I may not accept."
 *
 * What happens: A firewall refused this one client; the others are held up by
 * 100 ms each time.
 *
 * Must fail: accept_goes_on_after_one_lost_client
 */
enum listener_next
listener_after_error(int error)
{
	switch (error) {
	case EAGAIN:
		return LISTENER_DONE;
	case EINTR:
	case ECONNABORTED:
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
