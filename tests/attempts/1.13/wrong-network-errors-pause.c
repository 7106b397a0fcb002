/*
 * Belief: "I have never seen EPROTO."
 *
 * What happens: A packet in the network decides it; each time all clients are
 * held up for 100 ms.
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
		return LISTENER_GO_ON;
	default: /* EMFILE, ENFILE, ENOBUFS, ENOMEM */
		return LISTENER_PAUSE;
	}
}
