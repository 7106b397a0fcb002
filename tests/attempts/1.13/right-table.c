/*
 * A table of what concerns one client only, and EWOULDBLOCK by that name.
 */
enum listener_next
listener_after_error(int error)
{
	static const int of_one_client[] = {
		EINTR,    ECONNABORTED, EPERM,       EPROTO,
		ENETDOWN, ENETUNREACH,  ENOPROTOOPT, EHOSTDOWN,
		ENONET,   EHOSTUNREACH, EOPNOTSUPP,  ETIMEDOUT,
	};

	if (error == EWOULDBLOCK)
		return LISTENER_DONE;
	for (size_t i = 0; i < sizeof of_one_client / sizeof *of_one_client;
	     i++)
		if (of_one_client[i] == error)
			return LISTENER_GO_ON;
	return LISTENER_PAUSE;
}
